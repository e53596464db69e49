"""Two hosts in network namespaces, joined by two links, and what goes over them.

    near  eth0 10.78.1.1, .3  2001:db8:1::1  -----  eth0 10.78.1.2  2001:db8:1::2  far
          eth1 10.78.2.1      2001:db8:2::1  -----  eth1 10.78.2.2  2001:db8:2::2

`far` forwards nothing: an address behind it is a black hole.
"""

import collections
import json
import pathlib
import select
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "fault"))

import anytls
import namespaces
import proxy
from case import Case
from target import Target
from wire import FAR, NEAR_ALSO, SYN_ACK

namespaces.require()

PROXY_PORT = 1080

_ETH_P_ALL = 3
_SO_TIMESTAMPNS = 35

Packet = collections.namedtuple("Packet", "at source destination sport dport flags options payload")


def inside(namespace, work, *arguments):
    """`work` on a thread that is in the namespace; what it returns, or raises. Its sockets may be used anywhere."""
    outcome = {}

    def run():
        try:
            namespace.enter()
            outcome["value"] = work(*arguments)
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


class Hosts:
    def __init__(self):
        self.near, self.far = namespaces.Namespace(), namespaces.Namespace()
        for name in ("eth0", "eth1"):
            self.near.run("ip", "link", "add", name, "type", "veth", "peer", "name", name, "netns", self.far.path)
        for host, addresses, gateway in ((self.near, "1", "2"), (self.far, "2", "1")):
            host.run("ip", "-batch", "-", stdin=f"""link set lo up
address add 10.78.1.{addresses}/24 dev eth0
address add 10.78.2.{addresses}/24 dev eth1
address add 2001:db8:1::{addresses}/64 dev eth0 nodad
address add 2001:db8:2::{addresses}/64 dev eth1 nodad
link set eth0 up
link set eth1 up
route add default via 10.78.1.{gateway} dev eth0
route add default via 10.78.2.{gateway} dev eth1 metric 100
route add default via 2001:db8:1::{gateway} dev eth0
""")
            for name in ("all", "eth0", "eth1"):
                host.sysctl(f"ipv4/conf/{name}/rp_filter", 0)
            host.sysctl("ipv4/tcp_fastopen", 3)
        self.near.run("ip", "address", "add", f"{NEAR_ALSO}/24", "dev", "eth0")

    def close(self):
        self.near.close()
        self.far.close()


class Marked:
    """Counts what a host sends with a mark."""

    def __init__(self, host, mark, match):
        self._host = host
        host.run("nft", "-f", "-", stdin=f"""
table inet marks {{
  chain out {{ type filter hook output priority 0; meta mark {mark} {match} counter; }}
}}
""")

    def packets(self):
        listed = json.loads(self._host.run("nft", "-j", "list", "chain", "inet", "marks", "out"))["nftables"]
        return sum(part["counter"]["packets"] for one in listed if "rule" in one for part in one["rule"]["expr"]
                   if "counter" in part)

    def close(self):
        self._host.run("nft", "delete", "table", "inet", "marks")


def _options(data):
    found = {}
    while data and data[0] != 0:
        if data[0] == 1:
            data = data[1:]
            continue
        size = data[1]
        found[data[0]] = data[2:size]
        data = data[size:]
    return found


def _parse(data, at):
    if data[0] >> 4 == 4:
        head, protocol = (data[0] & 15) * 4, data[9]
        data = data[:struct.unpack_from("!H", data, 2)[0]]
        source, destination = (socket.inet_ntop(socket.AF_INET, data[at:at + 4]) for at in (12, 16))
    elif data[0] >> 4 == 6:
        head, protocol = 40, data[6]
        source, destination = (socket.inet_ntop(socket.AF_INET6, data[at:at + 16]) for at in (8, 24))
    else:
        return None
    if protocol != socket.IPPROTO_TCP:
        return None
    tcp = data[head:]
    sport, dport = struct.unpack_from("!HH", tcp)
    length = (tcp[12] >> 4) * 4
    return Packet(at, source, destination, sport, dport, tcp[13] & 0x3f, _options(tcp[20:length]), tcp[length:])


class Capture:
    """TCP packets that pass an interface of a host, in both directions."""

    def __init__(self, host, interface):
        def make():
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
            sock.bind((interface, _ETH_P_ALL))
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            return sock

        self._socket = inside(host, make)
        self._seen = []

    def close(self):
        self._socket.close()

    def packets(self, port, flags=None, count=1, patience=5):
        """Those from or to a port, once there are so many."""
        deadline = time.monotonic() + patience * anytls.PATIENCE
        while True:
            while select.select([self._socket], [], [], 0)[0]:
                data, (stamp, *_), *_ = self._socket.recvmsg(1 << 16, 64)
                seconds, nanoseconds = struct.unpack("=qq", stamp[2])
                if packet := _parse(data, seconds + nanoseconds * 1e-9):
                    self._seen.append(packet)
            found = [one for one in self._seen
                     if port in (one.sport, one.dport) and (flags is None or one.flags & SYN_ACK == flags)]
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(0.01)


class NetCase(Case):
    """The hosts are made once for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.hosts = Hosts()
        cls.addClassCleanup(cls.hosts.close)
        cls.near, cls.far = cls.hosts.near, cls.hosts.far

    def start(self, host, config, prepare=None, prefix=(), **options):
        """`anytls run` on a host; `prepare`: shell commands before it, in a mount namespace of its own."""
        number = len(self._programs)
        text = config if isinstance(config, str) else json.dumps(config)
        path = self.file(f"config-{number}", text)
        command = [*prefix, anytls.BINARY, "run", "-c", path]
        if prepare:
            command = ["unshare", "--mount", "sh", "-ec", prepare + '\nexec "$@"', "sh", *command]
        return self.spawn("run", host.command(*command), **options)

    def proxy_to(self, outbound, host=None, inbound=None, **options):
        """A proxy on `near` (or another host) with one outbound."""
        config = {"log": {"level": "debug"},
                  "inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": PROXY_PORT, **(inbound or {})}],
                  "outbounds": [outbound]}
        program = self.start(host or self.near, config, **options)
        program.port()
        return program

    def server(self, listen=FAR, port=8443, **fields):
        cert = anytls.certificate(self.folder, file=f"cert-{port}")
        program = self.start(self.far, {
            "log": {"level": "debug"},
            "inbounds": [{"type": "anytls", "listen": listen, "listen_port": port,
                          "users": [{"name": "u", "password": anytls.PASSWORD}],
                          "tls": {"enabled": True, "certificate_path": cert.cert, "key_path": cert.key}, **fields}],
            "outbounds": [{"type": "direct"}]})
        program.port()
        return program

    @staticmethod
    def to_server(server=FAR, port=8443, **fields):
        return {"type": "anytls", "server": server, "server_port": port, "password": anytls.PASSWORD,
                "tls": {"enabled": True, "server_name": "localhost", "insecure": True}, **fields}

    def target(self, address=FAR, host=None):
        return self.keep(inside(host or self.far, Target, address))

    def open(self, target_host, target_port, host=None):
        """An application's connection through the proxy."""
        return self.keep(inside(host or self.near, proxy.socks5, PROXY_PORT, target_host, target_port))

    def ask(self, target, host=None, address=None):
        """One question and its answer. The connection stays open."""
        sock = self.open(address or target.host, target.port, host)
        self.exchange(sock)
        return sock

    def need_multi_path(self):
        if not pathlib.Path("/proc/sys/net/mptcp/enabled").exists():
            self.cannot("this kernel has no MPTCP")

    def exchange(self, sock):
        sock.sendall(b"echo\nhello")
        self.assertEqual(proxy.read_exactly(sock, 5), b"hello")

    def wait_for(self, condition, patience=5):
        deadline = time.monotonic() + patience * anytls.PATIENCE
        while not (value := condition()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        return value


def without(*capabilities):
    """In front of a command: root without these."""
    return ["setpriv", "--bounding-set", ",".join(f"-{one}" for one in capabilities), "--"]


