"""Every option that the program knows, and which of them the matrix is about: TLS, dial and listen fields."""

import functools
import json

import anytls
from entry import Row

FORMS = ("sing-box", "mihomo")


@functools.cache
def options():
    """What `anytls options` says of each row: {Row: {"status", "default", "example"}}."""
    found = {}
    for form in FORMS:
        done = anytls.call("options", "--form", form, "--json")
        for one in json.loads(done.out):
            found[Row(form, one["place"], one["name"])] = one
    return found


def with_status(*wanted):
    return [row for row, what in options().items() if what["status"] in wanted]


_POOL = """idle_session_check_interval idle_session_timeout min_idle_session ensure_idle_session
 ensure_idle_session_create_rate max_connection_lifetime connection_lifetime_jitter min_idle_session_for_age heartbeat
 heartbeat_timeout session_freshness make_before_break refill_immediately hedge probe_on_wake disable_reuse
 stream_timeout half_close_timeout client"""
_LIMITS = """block_private idle_session_timeout heartbeat max_streams_per_user max_pending_connections
 max_pending_connections_per_source max_handshakes_per_source max_failures_per_source limit_private_sources"""


def _hyphens(names):
    return names.replace("_", "-")


# Rows that other parts of the configuration own. (form, beginning of the place) -> names; "*": all of them.
_OTHERS = {
    ("sing-box", ""): "log inbounds endpoints outbounds route",
    ("sing-box", "log"): "*",
    ("sing-box", "route"): "final rules",
    ("sing-box", "inbounds["): f"type tag users padding_scheme {_LIMITS}",
    ("sing-box", "outbounds["): "type tag server server_port password username version path headers override_address "
                                f"override_port {_POOL}",
    ("mihomo", ""): "port socks-port mixed-port allow-lan bind-address authentication log-level mode lan-allowed-ips "
                    "lan-disallowed-ips listeners experimental proxies proxy-groups rules",
    ("mihomo", "experimental"): "*",
    ("mihomo", "listeners["): f"type name users padding-scheme {_hyphens(_LIMITS)}",
    ("mihomo", "proxies["): "type name server port username password headers session-override " + _hyphens(_POOL),
    ("mihomo", "proxy-groups["): "*",
}


def is_of_another_part(row):
    if ".users[" in row.place or row.place.endswith(".session-override"):
        return True
    if "." in row.place and not row.place.startswith("experimental."):
        return False  # a section of an element: tls, ech, fallback, domain_resolver
    for (form, place), names in _OTHERS.items():
        inside = row.place.startswith(place) if place else not row.place
        if form == row.form and inside and (names == "*" or row.option in names.split()):
            return True
    return False
