"""The matrix of a server's TLS: what inbounds and listeners show, agree on, and whom they let in."""

import ech
from client_tls import curve, lines, text
from entry import Value, boringssl, entries
from names import CURVES, SUITES, SUITES_1_3
from see_server import (TLS_1_2, TLS_1_3, agrees, changes_nothing, chooses_alpn, hands_over, lets_in, selects_group,
                        serves, shows, speaks, takes_ech)
from subject import answered, refused

FIRST, SECOND = b"web one!!", b"web two!!"


def _cipher(name):
    """A client of TLS 1.2 offers everything, this last; the certificate has the kind of key that the suite is for."""
    beside = {} if "_ECDSA_" in name else {"certificate_path": lambda test: test.rsa.cert,
                                           "key_path": lambda test: test.rsa.key}
    everything = {"version": TLS_1_2, "ciphers": f"ALL:+{SUITES[name][1]}:@SECLEVEL=0"}
    return Value(name, [name], agrees(everything, cipher=SUITES[name][1]), beside)


HIDDEN = {"certificate_path": lambda test: test.hidden.cert, "key_path": lambda test: test.hidden.key}


def ech_keys(test):
    return test.ech_keys.keys.splitlines()


def _authentication(roots, path):
    """The five ways. `roots`: the option that names by whom clients are verified."""
    by = {roots: path}
    return [Value("require-and-verify", "require-and-verify", lets_in(True, False, False, True), by),
            Value("no", "no", lets_in(False, True, True, True)),
            Value("request", "request", lets_in(True, True, True, True)),
            Value("require-any", "require-any", lets_in(True, False, True, True)),
            Value("verify-if-given", "verify-if-given", lets_in(True, True, False, True), by),
            Value("nothing", None, lets_in(False, True, True, True)),
            Value("verified by nothing", "require-and-verify", refused(f"{roots} is missing"))]


verifying = {"client_authentication": "require-and-verify"}
only_known = lets_in(True, False, False, True)

TLS = {
    "enabled": [Value("true", True, serves), Value("false", False, answered(": AnyTLS is not used without TLS"))],
    "server_name": [Value("a name", "b.example", changes_nothing)],
    "alpn": [Value("one", ["h2"], chooses_alpn(h2=True, imap=None)),
             Value("two", ["imap", "h2"], agrees({"alpn": ["h2", "imap"]}, alpn="imap")),
             Value("nothing", None, chooses_alpn(h2=False, imap=False)),
             Value("one, and a client without", ["h2"], agrees(alpn=None))],
    "min_version": [Value("1.3", "1.3", speaks(TLS_1_3)), Value("1.2", "1.2", speaks(TLS_1_2, TLS_1_3)),
                    Value("nothing", None, speaks(TLS_1_2, TLS_1_3))],
    "max_version": [Value("1.2", "1.2", speaks(TLS_1_2)), Value("1.3", "1.3", speaks(TLS_1_2, TLS_1_3))],
    "certificate": [Value("inline", lambda test: lines(test.second.cert), shows("second"),
                          {"certificate_path": None, "key_path": lambda test: test.second.key})],
    "certificate_path": [Value("a file", lambda test: test.second.cert, shows("second"),
                               {"key_path": lambda test: test.second.key}),
                         Value("nothing", None, refused("certificate_path is missing"))],
    "key": [Value("inline", lambda test: lines(test.second.key), shows("second"),
                  {"key_path": None, "certificate_path": lambda test: test.second.cert})],
    "key_path": [Value("a file", lambda test: test.second.key, shows("second"),
                       {"certificate_path": lambda test: test.second.cert}),
                 Value("nothing", None, refused("key_path is missing"))],
    "certificates": [
        Value("by name", lambda test: [{"certificate_path": test.second.cert, "key_path": test.second.key}],
              shows("second", "a.second.example")),
        Value("another name", lambda test: [{"certificate_path": test.second.cert, "key_path": test.second.key}],
              shows("cert", "other.example"))],
    "client_authentication": _authentication("client_certificate_path", lambda test: [test.issuer.cert]),
    "client_certificate": [Value("inline", lambda test: lines(test.issuer.cert), only_known, verifying),
                           Value("without being asked for", lambda test: lines(test.issuer.cert),
                                 refused("so certificates of clients would not be verified"))],
    "client_certificate_path": [Value("a file", lambda test: [test.issuer.cert], only_known, verifying),
                                Value("two", lambda test: [test.issuer.cert, test.second.cert], only_known, verifying)],
    "client_certificate_public_key_sha256": [
        Value("the client's", lambda test: [test.key_hash(test.own)], only_known, verifying),
        Value("another", lambda test: [test.key_hash(test.other)], lets_in(True, False, True, False), verifying)],
    "cipher_suites": [_cipher(name) for name in SUITES] +
                     [Value(name, [name], speaks(TLS_1_3)) for name in SUITES_1_3],
    "curve_preferences": [curve(name, selects_group(number)) for name, number in CURVES.items()],
    "ech": [Value("on", lambda test: {"enabled": True, "key": ech_keys(test)}, takes_ech(True), HIDDEN),
            Value("off", {"enabled": False}, takes_ech(False), HIDDEN)],
}
CERTIFICATES = {
    "certificate": [Value("inline", lambda test: lines(test.second.cert), shows("second", "a.second.example"),
                          {"key_path": lambda test: test.second.key})],
    "certificate_path": [Value("a file", lambda test: test.second.cert, shows("second", "a.second.example"),
                               {"key_path": lambda test: test.second.key})],
    "key": [Value("inline", lambda test: lines(test.second.key), shows("second", "a.second.example"),
                  {"certificate_path": lambda test: test.second.cert})],
    "key_path": [Value("a file", lambda test: test.second.key, shows("second", "a.second.example"),
                       {"certificate_path": lambda test: test.second.cert})],
}
ECH = {
    "enabled": [Value("false", False, takes_ech(False), {"key": ech_keys}),
                Value("true", True, takes_ech(True), {"key": ech_keys})],
    "key": [Value("inline", ech_keys, takes_ech(True), {"enabled": True})],
    "key_path": [Value("a file", lambda test: test.ech_file, takes_ech(True), {"enabled": True}),
                 Value("nothing", None, boringssl(refused("key_path is missing")), {"enabled": True})],
}


def web(name):
    return lambda test: {"server": "127.0.0.1", "server_port": getattr(test, name).port}


def web_text(name):
    return lambda test: f"127.0.0.1:{getattr(test, name).port}"


INBOUND = {
    "tls": [Value("nothing", None, refused("inbounds[0]: tls is missing"))],
    "fallback": [Value("a web server", web("web_one"), hands_over(**{"nothing": FIRST, "http/1.1": FIRST})),
                 Value("nothing", None, hands_over(nothing=None))],
    "fallback_for_alpn": [
        Value("h2", lambda test: {"h2": web("web_two")(test)}, hands_over(**{"h2": SECOND, "http/1.1": FIRST}),
              {"fallback": web("web_one")}),
        Value("h2 alone", lambda test: {"h2": web("web_two")(test)}, hands_over(**{"h2": SECOND, "http/1.1": None}))],
}
FALLBACK = {
    "server": [Value("an address", "127.0.0.1", hands_over(nothing=FIRST),
                     {"server_port": lambda test: test.web_one.port}),
               Value("a name", "localhost", hands_over(nothing=FIRST),
                     {"server_port": lambda test: test.web_one.port})],
    "server_port": [Value("a port", lambda test: test.web_two.port, hands_over(nothing=SECOND),
                          {"server": "127.0.0.1"})],
}

MIHOMO = {
    "certificate": [Value("a file", lambda test: test.second.cert, shows("second"),
                          {"private-key": lambda test: test.second.key}),
                    Value("inline", lambda test: text(test.second.cert), shows("second"),
                          {"private-key": lambda test: test.second.key}),
                    Value("nothing", None, refused("certificate is missing"))],
    "private-key": [Value("a file", lambda test: test.second.key, shows("second"),
                          {"certificate": lambda test: test.second.cert}),
                    Value("inline", lambda test: text(test.second.key), shows("second"),
                          {"certificate": lambda test: test.second.cert})],
    "certificates": [Value("by name", lambda test: [{"certificate": test.second.cert, "private-key": test.second.key}],
                           shows("second", "a.second.example"))],
    "alpn": TLS["alpn"],
    "fallback": [Value("a web server", web_text("web_one"), hands_over(**{"nothing": FIRST, "http/1.1": FIRST}))],
    "fallback-for-alpn": [Value("h2", lambda test: {"h2": web_text("web_two")(test)},
                                hands_over(**{"h2": SECOND, "http/1.1": FIRST}), {"fallback": web_text("web_one")})],
    "client-auth-type": _authentication("client-auth-cert", lambda test: test.issuer.cert),
    "client-auth-cert": [Value("a file", lambda test: test.issuer.cert, only_known),
                         Value("inline", lambda test: text(test.issuer.cert), only_known)],
    "ech-key": [Value("a file", lambda test: test.ech_file, takes_ech(True),
                      {"certificate": lambda test: test.hidden.cert, "private-key": lambda test: test.hidden.key}),
                Value("inline", lambda test: test.ech_keys.keys, takes_ech(True),
                      {"certificate": lambda test: test.hidden.cert, "private-key": lambda test: test.hidden.key})],
}
MIHOMO_CERTIFICATES = {
    "certificate": [Value("a file", lambda test: test.second.cert, shows("second", "a.second.example"),
                          {"private-key": lambda test: test.second.key})],
    "private-key": [Value("inline", lambda test: text(test.second.key), shows("second", "a.second.example"),
                          {"certificate": lambda test: test.second.cert})],
}

TABLE = (
    entries("sing-box", "inbounds[anytls]", INBOUND) +
    entries("sing-box", "inbounds[anytls].tls", TLS) +
    entries("sing-box", "inbounds[anytls].tls.certificates[]", CERTIFICATES) +
    entries("sing-box", "inbounds[anytls].tls.ech", ECH) +
    entries("sing-box", "inbounds[anytls].fallback", FALLBACK) +
    entries("mihomo", "listeners[anytls]", MIHOMO) +
    entries("mihomo", "listeners[anytls].certificates[]", MIHOMO_CERTIFICATES)
)
