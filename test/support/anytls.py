"""Our program: how it is started, and the certificates that it makes."""

import collections
import functools
import itertools
import json
import os
import pathlib
import socket
import subprocess
import unittest

from program import environment

SOURCE = pathlib.Path(os.environ.get("ANYTLS_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
BINARY = os.environ.get("ANYTLS", str(SOURCE / "build" / "release" / "anytls"))
PASSWORD = "correct horse battery staple"

_numbers = itertools.count()
Certificate = collections.namedtuple("Certificate", "cert key sha256")
Finished = collections.namedtuple("Finished", "code out err")


def call(*arguments, env=None, cwd=None, input=None, timeout=15):
    """Runs to the end. Exit code, standard output and standard error."""
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, input=input, cwd=cwd,
                          env=environment(env), timeout=timeout, check=False)
    return Finished(done.returncode, done.stdout, done.stderr)


@functools.cache
def tls_library():
    """What the program is built on: "BoringSSL" or "OpenSSL"."""
    name = call("version").out.partition("TLS library: ")[2].strip()
    if name not in ("BoringSSL", "OpenSSL"):
        raise RuntimeError(f"the program does not say which TLS library it is built on, but {name!r}")
    return name


def only_on(library, what):
    """A test, or a class of them, of `what`: something that builds on the other TLS library do not have."""
    return unittest.skipUnless(tls_library() == library, f"{what}: only on {library}")


def certificate(folder, name="localhost", days=30, file="cert"):
    """A self-signed one of `anytls generate certificate`."""
    made = Certificate(str(folder / f"{file}.pem"), str(folder / f"{file}.key"), None)
    done = call("generate", "certificate", "--name", name, "--cert", made.cert, "--key", made.key, "--days", days)
    if done.code != 0:
        raise AssertionError(f"generate certificate: {done}")
    return made._replace(sha256=done.out.strip())


def start_server(case, cert, password=PASSWORD, listen="127.0.0.1:0", extra=(), **options):
    return case.spawn("server", [BINARY, "server", "-l", listen, "-p", password, "--cert", cert.cert,
                                 "--key", cert.key, *extra], **options)


def start_client(case, port, password=PASSWORD, host="127.0.0.1", cert=None, extra=(), **options):
    """Trusts the server by the pin of `cert`, else not at all without `--insecure` in `extra`."""
    trust = ["--fingerprint", cert.sha256] if cert else []
    return case.spawn("client", [BINARY, "client", "-l", "127.0.0.1:0", "-s", f"{host}:{port}", "-p", password,
                                 "--sni", "localhost", *trust, *extra], **options)


def start_config(case, inbound, outbound, wrap=lambda command: command, **options):
    """`anytls run` with a sing-box configuration of one inbound and one outbound. `wrap` may put something in front of
    the command."""
    def start(port):
        inbounds = [{"listen": "127.0.0.1", "listen_port": port, **inbound}]
        path = case.file(f"config-{port}.json", json.dumps({"inbounds": inbounds, "outbounds": [outbound]}))
        return case.spawn("run", wrap([BINARY, "run", "-c", path]), **options)

    return with_free_port(start)


def start_pair(case, server_extra=(), client_extra=()):
    """A server and a client that trusts it. Returns both."""
    cert = certificate(case.folder, file=f"cert-{next(_numbers)}")
    server = start_server(case, cert, extra=server_extra)
    client = start_client(case, server.port(), cert=cert, extra=client_extra)
    client.port()
    return server, client


def sanitized():
    """Whether the program was built with a sanitizer: slower, and its memory says nothing."""
    binary = pathlib.Path(BINARY).read_bytes()
    return b"__asan_init" in binary or b"__tsan_init" in binary


PATIENCE = 5 if sanitized() else 1  # what deadlines are multiplied with


def free_port():
    """For configurations in which 0 does not mean any port. Somebody else may take it: see with_free_port()."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def with_free_port(start, attempts=3):
    """`start(port)` spawns a program; again with another port where somebody was faster."""
    for attempt in range(attempts):
        program = start(free_port())
        try:
            program.port()
            return program
        except AssertionError:
            if attempt + 1 == attempts or "in use" not in program.log():
                raise
