"""Configurations of both forms, and an option put at its place in one."""

import copy
import json
import re

import anytls

_LOG = {"sing-box": {"log": {"level": "debug"}}, "mihomo": {"log-level": "debug"}}


def client(form, kind, listen, server, port, inbound=None, outbound=None, beside=()):
    """A proxy at 127.0.0.1:`listen` whose only way out, "out", is of that type. `beside`: outbounds behind it."""
    if form == "sing-box":
        out = {"type": kind, "tag": "out"}
        if kind != "direct":
            out |= {"server": server, "server_port": port}
    else:
        out = {"type": kind, "name": "out"}
        if kind not in ("direct", "reject"):
            out |= {"server": server, "port": port}
    if kind == "anytls":
        out["password"] = anytls.PASSWORD
        if form == "sing-box":
            out["tls"] = {"enabled": True, "server_name": "localhost", "insecure": True}
        else:
            out |= {"sni": "localhost", "skip-cert-verify": True}
    out |= outbound or {}
    if form == "sing-box":
        mixed = {"type": "mixed", "listen": "127.0.0.1", "listen_port": listen, **(inbound or {})}
        return {**_LOG[form], "inbounds": [mixed], "outbounds": [out, *beside]}
    return {**_LOG[form], "mixed-port": listen, "proxies": [out, *beside], "rules": ["MATCH,out"]}


def server(form, kind, listen, port, cert, **fields):
    """An inbound of that type whose traffic leaves directly."""
    if form == "sing-box":
        element = {"type": kind, "tag": "in", "listen": listen, "listen_port": port}
        if kind == "anytls":
            element |= {"users": [{"name": "u", "password": anytls.PASSWORD}],
                        "tls": {"enabled": True, "certificate_path": cert.cert, "key_path": cert.key}}
        return {**_LOG[form], "inbounds": [element | fields], "outbounds": [{"type": "direct"}]}
    element = {"type": kind, "name": "in", "listen": listen, "port": port}
    if kind == "anytls":
        element |= {"users": {"u": anytls.PASSWORD}, "certificate": cert.cert, "private-key": cert.key}
    return {**_LOG[form], "listeners": [element | fields], "rules": ["MATCH,DIRECT"]}


def put(document, place, options):
    """A copy with these options at a place as `anytls options` writes it ("outbounds[anytls].tls"), and the path of
    that place with numbers. Objects that are not there are made."""
    made = copy.deepcopy(document)
    at, path = made, ""
    for step in place.split(".") if place else ():
        name, kind = re.fullmatch(r"([\w-]+)(?:\[([\w-]*)\])?", step).groups()
        path += ("." if path else "") + name
        if kind is None:
            at = at.setdefault(name, {})
            continue
        elements = at.setdefault(name, [{}])
        index = next(i for i, one in enumerate(elements) if not kind or one["type"] == kind)
        at, path = elements[index], f"{path}[{index}]"
    for name, value in options.items():
        if value is None:
            at.pop(name, None)
        else:
            at[name] = value
    return made, path


def without(document, place, option):
    """Without what it says of that option."""
    return put(document, place, {option: None})[0]


def text(form, document):
    """JSON is YAML; the first character tells the forms apart."""
    return ("" if form == "sing-box" else "---\n") + json.dumps(document)
