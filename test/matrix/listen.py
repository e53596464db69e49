"""The matrix of listen fields: the sockets of inbounds and listeners."""

from entry import Value, entries
from see_listen import (EVERYWHERE, accepts_with, answers_before_the_target_does, answers_marked, gives_cookies,
                        listens_at, listens_in_named_namespace, listens_in_namespace, listens_on, serves,
                        shares_its_port, takes_many_paths)
from subject import answered, warned
from wire import FAR, FAR_OTHER_LINK


def far_namespace(test):
    return test.far.path


def _switch(on, off):
    return [Value("true", True, on), Value("false", False, off)]


def _marks(*values):
    return [Value(str(value), value, answers_marked(value)) for value in values]


ADDRESSES = [Value("one of them", FAR, listens_at(FAR)), Value("loopback", "127.0.0.1", listens_at("127.0.0.1")),
             Value("loopback of IPv6", "::1", listens_at("::1")),
             Value("all of IPv4", "0.0.0.0", listens_at(*EVERYWHERE)),
             Value("all", "::", listens_at(*EVERYWHERE, "::1")),
             Value("a name", "b.example", answered(': "b.example" is not an IP address'))]
PORTS = [Value("a port", 1099, listens_on(1099)), Value("none", 0, answered(": "))]
INTERFACE = [Value("eth1", "eth1", listens_at(FAR_OTHER_LINK)), Value("nothing", None, listens_at(*EVERYWHERE))]
HEADERS = _switch(serves(with_header=True, without=False), serves(with_header=False, without=True))
WAITS = _switch(answers_before_the_target_does(False), answers_before_the_target_does(True))
COOKIES = _switch(gives_cookies(True), gives_cookies(False))
PATHS = _switch(takes_many_paths(True), takes_many_paths(False))

LISTEN = {
    "listen": ADDRESSES + [Value("nothing", None, listens_at("127.0.0.1"))],
    "listen_port": PORTS,
    "wait_for_target": WAITS,
    "bind_interface": INTERFACE,
    "netns": [Value("a path", far_namespace, listens_in_namespace),
              Value("a name", "other", listens_in_named_namespace)],
    "routing_mark": _marks("0x1234", 22),
    "reuse_addr": _switch(shares_its_port(True), shares_its_port(False)),
    "tcp_fast_open": COOKIES,
    "tcp_multi_path": PATHS,
    "disable_tcp_keep_alive": _switch(accepts_with(keep_alive=False), accepts_with(keep_alive=True)),
    "tcp_keep_alive": [Value("5m", "5m", accepts_with(keep_alive=True, idle=300)),
                       Value("nothing", None, accepts_with(idle=15))],
    "tcp_keep_alive_interval": [Value("75s", "75s", accepts_with(interval=75)),
                                Value("nothing", None, accepts_with(interval=15))],
    "proxy_protocol": HEADERS,
    "proxy_protocol_accept_no_header": [
        Value("true", True, serves(with_header=True, without=True), {"proxy_protocol": True}),
        Value("false", False, serves(with_header=True, without=False), {"proxy_protocol": True}),
        Value("alone", True, warned("does nothing without proxy_protocol"))],
}
MIHOMO = {
    "listen": ADDRESSES + [Value("a star", "*", listens_at(*EVERYWHERE, "::1")),
                           Value("nothing", None, listens_at(*EVERYWHERE))],
    "port": PORTS,
    "wait-for-target": WAITS,
    "interface-name": INTERFACE,
    "routing-mark": _marks(6666, "0x1234"),
    "tfo": COOKIES,
    "mptcp": PATHS,
    "proxy-protocol": HEADERS,
    "proxy-protocol-accept-no-header": [
        Value("true", True, serves(with_header=True, without=True), {"proxy-protocol": True}),
        Value("alone", True, warned("does nothing without proxy-protocol"))],
}
# There is no application that could be answered sooner.
ON_ANYTLS = [Value("true", True, warned("does nothing on an AnyTLS server"))]
MIHOMO_TOP = {"inbound-tfo": COOKIES, "inbound-mptcp": PATHS}

TABLE = (
    entries("sing-box", "inbounds[mixed]", LISTEN) +
    entries("sing-box", "inbounds[socks]", LISTEN, first=True) +
    entries("sing-box", "inbounds[http]", LISTEN, first=True) +
    entries("sing-box", "inbounds[anytls]", LISTEN | {"wait_for_target": ON_ANYTLS}, first=True) +
    entries("mihomo", "listeners[mixed]", MIHOMO) +
    entries("mihomo", "listeners[socks]", MIHOMO, first=True) +
    entries("mihomo", "listeners[http]", MIHOMO, first=True) +
    entries("mihomo", "listeners[anytls]", MIHOMO | {"wait-for-target": ON_ANYTLS}, first=True) +
    entries("mihomo", "", MIHOMO_TOP)
)
