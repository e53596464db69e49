"""A network of four hosts in network namespaces without names: client - router - server - target.

Nothing has to be cleaned up: a namespace ends with its last descriptor and process, and every process here is tied to
this one, so that even kill -9 leaves nothing behind.
"""

import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
import threading

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)

CLIENT, CLIENT_NEW = "10.77.1.2", "10.77.1.3"
CLIENT_OTHER = "10.77.5.2"  # on the second interface, to which no route leads at first
SERVER, TARGET = "10.77.2.2", "10.77.3.2"
SILENT_TARGET = "10.77.4.1"  # routed to the target's host, which drops it
# Source ports of the client's connections: one range for each generation of flows, so that "the old flows" is an exact
# rule and no later connection can fall under it by chance.
GENERATIONS = ((10000, 24999), (25000, 39999), (40000, 54999))


class Impossible(Exception):
    """No namespaces here."""


def _checked(status):
    if status != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


class Namespace:
    def __init__(self):
        failure = []

        def make():  # on a thread of its own: unshare() moves only the thread that calls it
            try:
                _checked(_libc.unshare(_CLONE_NEWNET))
                self._fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            except OSError as error:
                failure.append(error)

        maker = threading.Thread(target=make)
        maker.start()
        maker.join()
        if failure:
            raise Impossible(f"network namespaces cannot be made here: {failure[0]}")
        self.path = f"/proc/{os.getpid()}/fd/{self._fd}"

    def close(self):
        os.close(self._fd)

    def enter(self):
        """Moves the calling thread."""
        _checked(_libc.setns(self._fd, _CLONE_NEWNET))

    def command(self, *arguments):
        return ["nsenter", f"--net={self.path}", "--", *map(str, arguments)]

    def run(self, *arguments, stdin=None):
        done = subprocess.run(self.command(*arguments), input=stdin, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, arguments))}: {done.stderr.strip()} {stdin or ''}")
        return done.stdout

    def sysctl(self, name, value):
        self.run("sh", "-c", f"echo '{value}' > /proc/sys/net/{name}")


class Network:
    def __init__(self):
        self.client, self.router, self.server, self.target = self._all = [Namespace() for _ in range(4)]
        self._generation = 0
        self._client_addresses = CLIENT, CLIENT_NEW
        try:
            self._connect()
        except BaseException:
            self.close()
            raise

    def close(self):
        for one in self._all:
            one.close()

    def _connect(self):
        for near, name, far, far_name in ((self.router, "c0", self.client, "eth0"),
                                          (self.router, "c1", self.client, "eth1"),
                                          (self.router, "s0", self.server, "eth0"),
                                          (self.server, "t0", self.target, "eth0")):
            near.run("ip", "link", "add", name, "type", "veth", "peer", "name", far_name, "netns", far.path)
        up = "link set lo up\n"
        self.router.run("ip", "-batch", "-", stdin=f"""{up}
address add 10.77.1.1/24 dev c0
address add 10.77.5.1/24 dev c1
address add 10.77.2.1/24 dev s0
link set c0 up
link set c1 up
link set s0 up
""")
        self.client.run("ip", "-batch", "-", stdin=f"""{up}
address add {CLIENT}/24 dev eth0
address add {CLIENT_OTHER}/24 dev eth1
link set eth0 up
link set eth1 up
route add default via 10.77.1.1
""")
        self.server.run("ip", "-batch", "-", stdin=f"""{up}
address add {SERVER}/24 dev eth0
address add 10.77.3.1/24 dev t0
link set eth0 up
link set t0 up
route add default via 10.77.2.1
route add 10.77.4.0/24 via {TARGET}
""")
        self.target.run("ip", "-batch", "-", stdin=f"""{up}
address add {TARGET}/24 dev eth0
link set eth0 up
route add default via 10.77.3.1
""")
        self.router.sysctl("ipv4/ip_forward", 1)
        for interface in ("all", "c0", "c1"):
            self.router.sysctl(f"ipv4/conf/{interface}/rp_filter", 1)
        # Else old flows ask for the new router in the name of the old address, and it ignores that for 1 s.
        self.client.sysctl("ipv4/conf/all/arp_announce", 2)
        for host in (self.client, self.server, self.target):
            host.sysctl("core/somaxconn", 4096)
            host.sysctl("ipv4/tcp_max_syn_backlog", 8192)
        self.router.run("nft", "-f", "-", stdin="""
table ip fault {
  chain forward { type filter hook forward priority 0; }
}
""")
        self._ports()

    def _ports(self):
        low, high = GENERATIONS[self._generation]
        self.client.sysctl("ipv4/ip_local_port_range", f"{low} {high}")

    def next_generation(self):
        """Later connections come from other ports. Returns the range of those before as nft writes it."""
        low, high = GENERATIONS[self._generation]
        self._generation = (self._generation + 1) % len(GENERATIONS)
        self._ports()
        return f"{low}-{high}"

    def change_client_address(self):
        """Between two of them."""
        old, new = self._client_addresses
        self._client_addresses = new, old
        self.client.run("ip", "-batch", "-", stdin=f"""address del {old}/24 dev eth0
address add {new}/24 dev eth0
route add default via 10.77.1.1
""")

    def filter(self, *rules):
        """In the router, instead of those before. Each rule counts what it hits."""
        lines = ["flush chain ip fault forward", *(f"add rule ip fault forward {rule}" for rule in rules)]
        self.router.run("nft", "-f", "-", stdin="\n".join(lines) + "\n")

    def filtered(self):
        """Packets that the rules have hit, each."""
        listed = json.loads(self.router.run("nft", "-j", "list", "chain", "ip", "fault", "forward"))["nftables"]
        rules = [one["rule"]["expr"] for one in listed if "rule" in one]
        return [part["counter"]["packets"] for rule in rules for part in rule if "counter" in part]

    def flows(self, port):
        """Peers ("address:port") of the connections that the server's host has established on a port."""
        return self._established(self.server, f"( sport = :{port} )")

    def flows_of_client(self, port):
        """The same on the client's side, which may have given up what the server still believes in."""
        return self._established(self.client, f"( dport = :{port} )")

    @staticmethod
    def _established(host, condition):
        column = 3 if "sport" in condition else 2  # the client's end
        return {line.split()[column] for line in host.run("ss", "-Htn", "state", "established", condition).splitlines()}

    def kill_flows(self, host, condition):
        """Ends sockets of a host where they are, with a RST to the other side."""
        host.run("ss", "-HtnK", condition)


def require():
    """Ends the test program where there can be no namespaces: skipped, but in CI a failure."""
    missing = [one for one in ("ip", "nft", "ss", "nsenter", "setpriv") if not shutil.which(one)]
    try:
        if missing:
            raise Impossible(f"not installed: {', '.join(missing)}")
        if os.geteuid() != 0:
            raise Impossible("only root can make network namespaces")
        Namespace().close()
    except Impossible as why:
        print(f"no fault tests here: {why}", file=sys.stderr)
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    try:  # two ends of 10,000 sessions
        resource.setrlimit(resource.RLIMIT_NOFILE, (65536, 65536))
    except (OSError, ValueError):
        pass
