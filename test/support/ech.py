"""Keys for Encrypted ClientHello, and the configurations of both ends that use them."""

import collections
import re

import anytls
import openssl

INNER, OUTER = "inner.example", "public.example"
Keys = collections.namedtuple("Keys", "configs keys")  # PEM


def blocks(text):
    """The two blocks of `generate ech-keypair`, ours or sing-box's."""
    found = {kind: block for block, kind in
             re.findall(r"(?s)(-----BEGIN ([A-Z ]+)-----\n.*?-----END \2-----\n)", text)}
    return Keys(found["ECH CONFIGS"], found["ECH KEYS"])


def new_keys(name=OUTER):
    done = anytls.call("generate", "ech-keypair", name)
    if done.code != 0:
        raise AssertionError(f"generate ech-keypair: {done}")
    return blocks(done.out)


def certificate(folder):
    """Of a server that ECH hides: for the name within and for the one outside."""
    return openssl.authority(folder, f"DNS:{INNER},DNS:{OUTER}")


def server_tls(keys):
    return {"ech": {"enabled": True, "key": keys.keys.splitlines()}}


def client_tls(cert, keys=None, **ech):
    if keys:
        ech["config"] = keys.configs.splitlines()
    return {"enabled": True, "server_name": INNER, "certificate_path": cert.cert, "ech": {"enabled": True, **ech}}


def start_our_server(case, cert, tls, **options):
    """`anytls run` with an AnyTLS inbound that dials directly."""
    inbound = {"type": "anytls", "users": [{"name": "u", "password": anytls.PASSWORD}],
               "tls": {"enabled": True, "certificate_path": cert.cert, "key_path": cert.key, **tls}}
    return anytls.start_config(case, inbound, {"type": "direct", "tag": "direct"}, **options)


def start_our_client(case, port, tls, server="127.0.0.1", **options):
    outbound = {"type": "anytls", "tag": "anytls-out", "server": server, "server_port": port,
                "password": anytls.PASSWORD, "tls": tls}
    return anytls.start_config(case, {"type": "mixed"}, outbound, **options)
