"""The matrix of a client's TLS: what an outbound's options do to its ClientHello, and whom it trusts."""

import pathlib

import ech
from client_hello import CHROME_JA4
from entry import ByHand, Value, boringssl, entries
from far_end import context
from names import BROWSERS, CURVES, POST_QUANTUM, SUITES, SUITES_1_3, TLS_1_2, TLS_1_3
from see_hello import comes_in, gives_up, hides, reaches, reaches_without_tls, resumes, sees
from subject import answered, refused

chrome, plain = sees(ja4=CHROME_JA4), sees(grease=False, ech=False, alpn=None)
FROM_DNS = "integration/ech_test.py"


unhidden = boringssl(sees(name="localhost"))


def curve(name, proof):
    return Value(name, [name], boringssl(proof) if name == POST_QUANTUM else proof)


def lines(path):
    return pathlib.Path(path).read_text(encoding="utf-8").splitlines()


def text(path):
    return pathlib.Path(path).read_text(encoding="utf-8")


def demanding(test):
    """A server that lets in only who shows the client's certificate."""
    return context(test.cert, clients=test.issuer)


def by_issuer(test):
    """A server that shows its issuer, too."""
    return context(test.issued)


def of_1_2(test):
    made = context(test.cert)
    made.maximum_version = made.maximum_version.TLSv1_2
    return made


def ech_configs(test):
    return test.ech_keys.configs.splitlines()


def _names():
    return [Value("a name", "b.example", sees(name="b.example")),
            Value("nothing", None, sees(name="localhost", server="localhost")),
            Value("an address", "127.0.0.1", sees(name=None))]


def _alpn(standard=("h2", "http/1.1")):
    return [Value("one", ["http/1.1"], sees(alpn=["http/1.1"])),
            Value("two", ["imap", "h2"], sees(alpn=["imap", "h2"])),
            Value("a single text", "anytls/1", sees(alpn=["anytls/1"])),
            Value("none", [], sees(alpn=list(standard))),
            Value("nothing", None, sees(alpn=list(standard)))]


def _fingerprints():
    known = [Value("chrome", "chrome", chrome), Value("none", "none", plain), Value("empty", "", chrome)]
    return known + [Value(name, name, sees(ja4=CHROME_JA4, says=says)) for name, says in BROWSERS.items()]


UNKNOWN_ISSUER, OTHER_KEY = "certificate not trusted", "certificate does not have a pinned public key"
NO_CERTIFICATE = "the server demands a client certificate and was shown none"
checked = {"insecure": False}

TLS = {
    "enabled": [Value("true", True, sees(name="localhost")),
                Value("false", False, answered(": AnyTLS is not used without TLS"))],
    "server_name": _names(),
    "disable_sni": [Value("true", True, sees(name=None)), Value("false", False, sees(name="localhost"))],
    "insecure": [Value("true", True, reaches()), Value("false", False, gives_up(UNKNOWN_ISSUER)),
                 Value("nothing", None, gives_up(UNKNOWN_ISSUER))],
    "alpn": _alpn(),
    "min_version": [Value("1.3", "1.3", sees(versions=[TLS_1_3])),
                    Value("1.2", "1.2", sees(versions=[TLS_1_2, TLS_1_3])),
                    Value("1.1", "1.1", sees(versions=[TLS_1_2, TLS_1_3], says="TLS 1.2 is the lowest version")),
                    Value("1.3 at a server of 1.2", "1.3", gives_up("no common TLS version", of_1_2))],
    "max_version": [Value("1.2", "1.2", sees(versions=[TLS_1_2])),
                    Value("1.2 at a server of 1.3", "1.2", reaches(version="TLSv1.2")),
                    Value("1.3", "1.3", sees(versions=[TLS_1_2, TLS_1_3])),
                    Value("1.1", "1.1", answered(": TLS 1.2 is the lowest version here; write 1.2 or 1.3"))],
    "certificate": [Value("the server's", lambda test: lines(test.cert.cert), reaches(), checked),
                    Value("another", lambda test: lines(test.other.cert), gives_up(UNKNOWN_ISSUER), checked)],
    "certificate_path": [Value("the server's", lambda test: test.cert.cert, reaches(), checked),
                         Value("another", lambda test: test.other.cert, gives_up(UNKNOWN_ISSUER), checked)],
    "resumption": [Value("false", False, resumes(False)), Value("true", True, resumes(True)),
                   Value("nothing", None, resumes(True))],
    "cipher_suites":
        [Value(name, [name], sees(suites=[number])) for name, (number, _) in SUITES.items()] +
        [Value("two", list(SUITES)[:2], sees(suites=[0xc02b, 0xc02c], suites_1_3=list(SUITES_1_3.values())))] +
        [Value(name, [name], sees(suites=[], versions=[TLS_1_3])) for name in SUITES_1_3],
    "curve_preferences":
        [curve(name, sees(groups=[number], shares=[number])) for name, number in CURVES.items()] +
        [Value("two", ["P256", "X25519"], sees(groups=[CURVES["X25519"], CURVES["P256"]]))],
    "certificate_public_key_sha256": [
        Value("the server's", lambda test: [test.key_hash(test.cert)], reaches(), checked),
        Value("one of two", lambda test: [test.key_hash(test.other), test.key_hash(test.cert)], reaches(), checked),
        Value("another", lambda test: [test.key_hash(test.other)], gives_up(OTHER_KEY))],
    "client_certificate": [
        Value("inline", lambda test: lines(test.own.cert), reaches(demanding, subject="client.example"),
              {"client_key_path": lambda test: test.own.key}),
        Value("without its key", lambda test: lines(test.own.cert),
              refused("outbounds[0].tls: client_key_path is missing"))],
    "client_certificate_path": [
        Value("a file", lambda test: test.own.cert, reaches(demanding, subject="client.example"),
              {"client_key_path": lambda test: test.own.key}),
        Value("nothing", None, gives_up(NO_CERTIFICATE, demanding))],
    "client_key": [
        Value("inline", lambda test: lines(test.own.key), reaches(demanding, subject="client.example"),
              {"client_certificate_path": lambda test: test.own.cert})],
    "client_key_path": [
        Value("a file", lambda test: test.own.key, reaches(demanding, subject="client.example"),
              {"client_certificate": lambda test: lines(test.own.cert)})],
    "fragment": [Value("true", True, comes_in(segments=True, records=False), {"fragment_fallback_delay": "5ms"}),
                 Value("false", False, comes_in(segments=False, records=False))],
    "fragment_fallback_delay": [  # 500ms where nothing is written
        Value("1200ms", "1200ms", comes_in(segments=True, records=False, at_least=1.2), {"fragment": True}),
        Value("10ms", "10ms", comes_in(segments=True, records=False, at_most=0.45), {"fragment": True})],
    "record_fragment": [Value("true", True, comes_in(segments=False, records=True)),
                        Value("false", False, comes_in(segments=False, records=False))],
    "ech": [Value("on", lambda test: {"enabled": True, "config": ech_configs(test)},
                  hides("localhost", behind=ech.OUTER)),
            Value("off", {"enabled": False}, unhidden)],
    "utls": [Value("off", {"enabled": False}, plain), Value("on", {"enabled": True}, chrome),
             Value("empty", {}, chrome)],
}
UTLS = {
    "enabled": [Value("false", False, plain), Value("true", True, chrome)],
    "fingerprint": _fingerprints() + [
        Value("unknown", "netscape", answered(': "netscape" is unknown; one of chrome, none, firefox'))],
}
ECH = {
    "enabled": [Value("false", False, unhidden, {"config": ech_configs}),
                ByHand(FROM_DNS, "FromDns.test_the_record_of_the_server_name_is_used_and_kept")],
    "config": [Value("inline", ech_configs, hides("localhost", behind=ech.OUTER), {"enabled": True})],
    "config_path": [Value("a file", lambda test: test.ech_file, hides("localhost", behind=ech.OUTER),
                          {"enabled": True})],
    "query_server_name": [ByHand(FROM_DNS, "FromDns.test_another_name_may_be_asked_for")],
}
ON_ANYTLS = {"tls": [Value("on", {"enabled": True}, sees(name=None, ja4="t13i1516h2_8daaf6152771_cb7bf5808d99")),
                     Value("off", {"enabled": False}, answered(".enabled: AnyTLS is not used without TLS")),
                     Value("nothing", None, refused("outbounds[0]: tls is missing"))]}
ON_HTTP = {"tls": [Value("on", {"enabled": True, "insecure": True}, reaches(version="TLSv1.3")),
                   Value("off", {"enabled": False}, reaches_without_tls),
                   Value("nothing", None, reaches_without_tls)]}

MIHOMO = {
    "sni": _names(),
    "disable-sni": TLS["disable_sni"],
    "skip-cert-verify": TLS["insecure"],
    "alpn": _alpn(),
    "fingerprint": [
        Value("the server's", lambda test: test.cert.sha256, reaches(), {"skip-cert-verify": False}),
        Value("with colons", lambda test: ":".join(test.cert.sha256.upper()[i:i + 2] for i in range(0, 64, 2)),
              reaches(), {"skip-cert-verify": False}),
        Value("the issuer's", lambda test: test.issuer_sha256, reaches(by_issuer), {"skip-cert-verify": False}),
        Value("of an issuer that is not shown", lambda test: test.issuer_sha256,
              gives_up("does not have the pinned fingerprint")),
        Value("another", lambda test: test.other.sha256, gives_up("does not have the pinned fingerprint"))],
    "tls-resumption": TLS["resumption"],
    "client-fingerprint": _fingerprints() + [
        Value("capitals", "iOS", sees(ja4=CHROME_JA4, says=BROWSERS["ios"])),
        Value("unknown", "netscape", sees(ja4=CHROME_JA4, says='"netscape" is unknown; one of chrome, none, firefox'))],
    "certificate": [
        Value("a file", lambda test: test.own.cert, reaches(demanding, subject="client.example"),
              {"private-key": lambda test: test.own.key}),
        Value("inline", lambda test: text(test.own.cert), reaches(demanding, subject="client.example"),
              {"private-key": lambda test: test.own.key}),
        Value("nothing", None, gives_up(NO_CERTIFICATE, demanding))],
    "private-key": [
        Value("a file", lambda test: test.own.key, reaches(demanding, subject="client.example"),
              {"certificate": lambda test: test.own.cert}),
        Value("inline", lambda test: text(test.own.key), reaches(demanding, subject="client.example"),
              {"certificate": lambda test: test.own.cert})],
    "ech-opts": [Value("on", lambda test: {"enable": True, "config": test.ech_base64},
                       hides("localhost", behind=ech.OUTER)),
                 Value("off", {"enable": False}, unhidden)],
}
MIHOMO_ECH = {
    "enable": [Value("false", False, unhidden, {"config": lambda test: test.ech_base64}),
               ByHand(FROM_DNS, "FromDns.test_the_record_of_the_server_name_is_used_and_kept")],
    "config": [Value("base64", lambda test: test.ech_base64, hides("localhost", behind=ech.OUTER), {"enable": True})],
    "query-server-name": [ByHand(FROM_DNS, "FromDns.test_another_name_may_be_asked_for")],
}
MIHOMO_TOP = {"global-client-fingerprint": MIHOMO["client-fingerprint"][:3]}

# A proxy is not asked for HTTP/2.
HTTP_TLS = {"alpn": _alpn(["http/1.1"])[1:], "utls": [Value("off", {"enabled": False}, sees(grease=False))]}
over_tls = {"tls": True}
MIHOMO_PROXY = {
    "tls": [Value("true", True, reaches(version="TLSv1.3"), {"skip-cert-verify": True}),
            Value("false", False, reaches_without_tls)],
    "skip-cert-verify": [Value("true", True, reaches(), over_tls),
                         Value("false", False, gives_up(": certificate "), over_tls)],  # of nobody known, for another name
    "fingerprint": [Value("the server's", lambda test: test.cert.sha256, reaches(), over_tls),
                    Value("another", lambda test: test.other.sha256, gives_up("does not have the pinned fingerprint"),
                          over_tls)],
}
MIHOMO_HTTP = {"sni": [Value("a name", "b.example", sees(name="b.example", alpn=["http/1.1"]), over_tls)]}

TABLE = (
    entries("sing-box", "outbounds[anytls]", ON_ANYTLS) +
    entries("sing-box", "outbounds[anytls].tls", TLS) +
    entries("sing-box", "outbounds[anytls].tls.utls", UTLS) +
    entries("sing-box", "outbounds[anytls].tls.ech", ECH) +
    entries("sing-box", "outbounds[http]", ON_HTTP) +
    entries("sing-box", "outbounds[http].tls", HTTP_TLS) +
    entries("sing-box", "outbounds[http].tls", {name: TLS[name] for name in TLS if name not in HTTP_TLS}, first=True) +
    entries("mihomo", "proxies[anytls]", MIHOMO) +
    entries("mihomo", "proxies[anytls].ech-opts", MIHOMO_ECH) +
    entries("mihomo", "proxies[socks5]", MIHOMO_PROXY) +
    entries("mihomo", "proxies[http]", MIHOMO_PROXY | MIHOMO_HTTP) +
    entries("mihomo", "", MIHOMO_TOP)
)
