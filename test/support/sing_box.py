"""The real sing-box, an implementation of AnyTLS that is not ours."""

import json
import os
import shutil
import subprocess
import sys

import anytls


def require():
    """Ends the test program with 77 (skipped) where sing-box cannot be had; a failure where it must be there."""
    done = subprocess.run([anytls.SOURCE / "tools" / "interop-peer"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == 0:
        return done.stdout.strip()
    must = os.environ.get("CI") == "true" or shutil.which("go")
    print(f"no sing-box to test against (tools/interop-peer: {done.returncode})", file=sys.stderr)
    sys.exit(77 if done.returncode == 77 and not must else 1)


BINARY = require()


def _start(case, name, inbounds, outbounds, level):
    text = json.dumps({"log": {"level": level}, "inbounds": inbounds, "outbounds": outbounds})
    path = case.file(f"{name}-{len(text)}.json", text)
    return case.spawn(name, [BINARY, "run", "-c", path, "--disable-color"])


def start_server(case, cert, password=anytls.PASSWORD, scheme=None, level="info", tls=None):
    """`tls`: more fields, or others."""
    users = [{"name": "u", "password": password}]
    inbound = {"type": "anytls", "listen": "127.0.0.1", "listen_port": 0, "users": users,
               "tls": {"enabled": True, **(tls or {})}}
    if "certificate" not in inbound["tls"]:
        inbound["tls"].update(certificate_path=cert.cert, key_path=cert.key)
    if scheme:
        inbound["padding_scheme"] = scheme.split("\n")
    return _start(case, "sing-box-server", [inbound], [{"type": "direct"}], level)


def start_client(case, port, password=anytls.PASSWORD, level="info", **fields):
    inbound = {"type": "mixed", "listen": "127.0.0.1", "listen_port": 0}
    outbound = {"type": "anytls", "server": "127.0.0.1", "server_port": port, "password": password,
                "tls": {"enabled": True, "server_name": "localhost", "insecure": True}, **fields}
    return _start(case, "sing-box-client", [inbound], [outbound], level)


def start_proxy(case, user=None, level="info"):
    """Takes SOCKS and HTTP, and connects to the targets itself."""
    inbound = {"type": "mixed", "listen": "127.0.0.1", "listen_port": 0}
    if user:
        inbound["users"] = [{"username": user[0], "password": user[1]}]
    return _start(case, "sing-box-proxy", [inbound], [{"type": "direct"}], level)
