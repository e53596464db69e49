"""The matrix of dial fields: how the connections of outbounds are made."""

from entry import Value, entries
from see_dial import (asks_a_proxy_first, begins_with_data, begins_without_data, gives_up_after, goes, has_many_paths,
                      has_options, is_marked, is_refused, leaves, leaves_from, leaves_named_namespace,
                      leaves_namespace, tries_the_next_after)
from subject import answered, warned
from wire import FAR, FAR6, FAR6_LOCAL, NEAR, NEAR6, NEAR6_OTHER_LINK, NEAR_ALSO, NEAR_OTHER_LINK

anywhere = leaves(source=NEAR)


def near_namespace(test):
    return test.near.path


either = goes(two=FAR6, local=FAR)
only_ipv4 = goes(two=FAR, six=None)


def _strategies(prefer_4, prefer_6, only_4, only_6):
    return [Value(prefer_4, prefer_4, goes(two=FAR, six=FAR6)),
            Value(prefer_6, prefer_6, goes(local=FAR6_LOCAL, four=FAR)),
            Value(only_4, only_4, only_ipv4), Value(only_6, only_6, goes(local=FAR6_LOCAL, four=None))]


def _marks(*values):
    return [Value(str(value), value, is_marked(int(str(value), 0))) for value in values]


def _switch(on, off):
    return [Value("true", True, on), Value("false", False, off)]


STRATEGIES = _strategies("prefer_ipv4", "prefer_ipv6", "ipv4_only", "ipv6_only")
INTERFACES = [Value("eth1", "eth1", leaves(by="eth1", source=NEAR_OTHER_LINK)), Value("nothing", None, anywhere)]
FAST_OPEN = _switch(begins_with_data, begins_without_data)
MANY_PATHS = _switch(has_many_paths(True), has_many_paths(False))

DIAL = {
    "connect_timeout": [Value("300ms", "300ms", gives_up_after(0.3)), Value("1s", "1s", gives_up_after(1.0))],
    "domain_resolver": [Value("strategy", {"server": "local", "strategy": "ipv4_only"}, only_ipv4),
                        Value("a name", "local", anywhere)],
    "domain_strategy": STRATEGIES + [Value("empty", "", either),
                                     Value("over the resolver's", "ipv4_only", only_ipv4,
                                           {"domain_resolver": {"server": "local", "strategy": "ipv6_only"}})],
    "detour": [Value("another", "way", leaves(source=NEAR_ALSO)),
               Value("nobody", "nowhere", answered(': there is no')),
               Value("itself", "out", answered(": the way leads back to itself"))],
    "bind_interface": INTERFACES,
    "inet4_bind_address": [Value("the second", NEAR_ALSO, leaves(source=NEAR_ALSO)),
                           Value("of the other link", NEAR_OTHER_LINK, leaves(source=NEAR_OTHER_LINK))],
    "inet6_bind_address": [Value("of the other link", NEAR6_OTHER_LINK, leaves_from(NEAR6_OTHER_LINK)),
                           Value("nothing", None, leaves_from(NEAR6))],
    "bind_address_no_port": [Value("true", True, has_options(no_port=True), {"inet4_bind_address": NEAR_ALSO}),
                             Value("false", False, has_options(no_port=False), {"inet4_bind_address": NEAR_ALSO}),
                             Value("alone", True, warned("bind_address_no_port does nothing without"))],
    "routing_mark": _marks(4660, "0x1234", "22", 0),
    "reuse_addr": _switch(has_options(reuse=(True, True)), has_options(reuse=(False, False))),
    "netns": [Value("a path", near_namespace, leaves_namespace), Value("a name", "other", leaves_named_namespace)],
    "tcp_fast_open": FAST_OPEN,
    "tcp_multi_path": MANY_PATHS,
    "disable_tcp_keep_alive": _switch(has_options(keep_alive=False), has_options(keep_alive=True)),
    "tcp_keep_alive": [Value("5m", "5m", has_options(keep_alive=True, idle=300)),
                       Value("1500ms", "1500ms", has_options(idle=2)), Value("nothing", None, has_options(idle=15))],
    "tcp_keep_alive_interval": [Value("75s", "75s", has_options(interval=75)),
                                Value("nothing", None, has_options(interval=15))],
    "tcp_keep_alive_count": [Value("9", 9, has_options(count=9)), Value("nothing", None, has_options(count=3))],
    "fallback_delay": [Value("400ms", "400ms", tries_the_next_after(0.39, 5)),
                       Value("20ms", "20ms", tries_the_next_after(0, 0.2))],
}
PROXY_DIAL = DIAL | {"tcp_fast_open": [Value("true", True, asks_a_proxy_first)]}
RESOLVER = {"strategy": STRATEGIES}
ROUTE = {
    "default_interface": INTERFACES,
    "default_mark": _marks("0x1234", 7),
    "default_fallback_delay": DIAL["fallback_delay"],
    "auto_detect_interface": [Value("true", True, anywhere),
                              Value("beside default_interface", True, anywhere, {"default_interface": "eth1"}),
                              Value("what is said of that", True,
                                    warned("it takes no effect beside auto_detect_interface"),
                                    {"default_interface": "eth1"})],
}

MIHOMO = {
    "ip-version": _strategies("ipv4-prefer", "ipv6-prefer", "ipv4", "ipv6") + [Value("dual", "dual", either)],
    "tfo": FAST_OPEN,
    "mptcp": MANY_PATHS,
    "interface-name": INTERFACES,
    "routing-mark": _marks(6666, "0x1234"),
    "dialer-proxy": [Value("another", "way", leaves(by="eth1"))],
}
MIHOMO_PROXY = MIHOMO | {"tfo": PROXY_DIAL["tcp_fast_open"]}
# What rejects everything makes no connections.
REJECTS = {option: [Value("any", values[0].given, is_refused)] for option, values in MIHOMO.items()}
MIHOMO_TOP = {
    "interface-name": INTERFACES,
    "routing-mark": _marks(6666),
    "keep-alive-idle": [Value("60", 60, has_options(idle=60)), Value("nothing", None, has_options(idle=15))],
    "keep-alive-interval": [Value("30", 30, has_options(interval=30))],
    "disable-keep-alive": _switch(has_options(keep_alive=False), has_options(keep_alive=True)),
}

TABLE = (
    entries("sing-box", "outbounds[anytls]", DIAL) +
    entries("sing-box", "outbounds[anytls].domain_resolver", RESOLVER) +
    entries("sing-box", "outbounds[direct]", DIAL, first=True) +
    entries("sing-box", "outbounds[socks]", PROXY_DIAL, first=True) +
    entries("sing-box", "outbounds[http]", PROXY_DIAL, first=True) +
    entries("sing-box", "route", ROUTE) +
    entries("mihomo", "proxies[anytls]", MIHOMO) +
    entries("mihomo", "proxies[direct]", MIHOMO, first=True) +
    entries("mihomo", "proxies[socks5]", MIHOMO_PROXY, first=True) +
    entries("mihomo", "proxies[http]", MIHOMO_PROXY, first=True) +
    entries("mihomo", "proxies[reject]", REJECTS) +
    entries("mihomo", "", MIHOMO_TOP)
)
