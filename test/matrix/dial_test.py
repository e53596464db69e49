"""Every dial field of outbounds and proxies: a program on one host, and what of its connection reaches the other."""

import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "net"))

import dial
import documents
import proxy
from entry import proved
from matrix_case import MatrixCase
from subject import Subject
from two_hosts import Capture, Marked, NetCase, inside
from wire import FAR, FAR6, FAR6_LOCAL, HOLE6, NEAR_ALSO, SYN

TCP_FASTOPEN_CONNECT = 30
LINKS = ("eth0", "eth1")


class Dialling(Subject):
    def start(self, server=FAR, host=None, prepare=None):
        test = self._test
        type(test).asked_port += 1
        config = self.text(server=server, port=test.port, listen=test.asked_port)
        program = NetCase.start(test, host or test.near, config, prepare)
        program.port()
        return program

    def write(self):
        return super().write(server=FAR, port=443, listen=1080)


def accept_fast(host, port=0):
    """A listener of every address of a host that nobody answers for but the kernel."""
    def listen():
        sock = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
        return sock
    return inside(host, listen)


@proved(dial.TABLE)
class Dial(MatrixCase, NetCase):
    SAID = b"GET /"  # by the application

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        NetCase.setUpClass.__func__(cls)
        for host, end in ((cls.near, 1), (cls.far, 2)):
            host.run("ip", "address", "add", f"fd78::{end}/64", "dev", "eth0", "nodad")
        # Each program and each target has its own: the one before may still be ending, and its packets are remembered.
        cls.asked_port, cls.port = 20000, 10000
        cls.wires = {name: Capture(cls.far, name) for name in LINKS}
        for one in cls.wires.values():
            cls.addClassCleanup(one.close)
        cls.fetch_cookie()

    @classmethod
    def fetch_cookie(cls):
        """Kernels keep the cookies of TCP Fast Open by address: the next who asks has it."""
        listener = accept_fast(cls.far)

        def fetch():
            with socket.socket() as sock:
                sock.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
                sock.settimeout(5)
                sock.connect((FAR, listener.getsockname()[1]))
                sock.sendall(b"x")

        with listener:
            inside(cls.near, fetch)
            listener.accept()[0].close()

    def setUp(self):
        self.new_target()

    def new_target(self):
        type(self).port += 1
        self.keep(accept_fast(self.far, self.port))

    def marked(self, mark, match):
        return Marked(self.near, mark, match)

    def hosts_file(self):
        """For `prepare`."""
        names = {"two.test": (FAR, FAR6), "local.test": (FAR, FAR6_LOCAL), "four.test": (FAR,), "six.test": (FAR6,),
                 "hole.test": (HOLE6, FAR)}
        path = self.folder / "hosts"
        path.write_text("127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, addresses in names.items()
                                                         for address in addresses), encoding="utf-8")
        return f"mount --bind {path} /etc/hosts"

    def ask(self, host=None, server=FAR):
        """An application that says all it has to in one go; a direct outbound goes to the server's place itself."""
        def connect():
            sock = socket.create_connection(("127.0.0.1", self.asked_port), 15)
            sock.sendall(b"\5\1\0\5\1\0" + proxy.socks_address(server, self.port) + self.SAID)
            return sock

        return self.keep(inside(host or self.near, connect))

    def syn(self, patience=5, destination=None):
        """The first SYN to the target, and the link that it came by; None where there is none in time."""
        def look():
            found = [(name, one) for name, wire in self.wires.items()
                     for one in wire.packets(self.port, SYN, patience=0)
                     if one.dport == self.port and destination in (None, one.destination)]
            return found and found[0]

        return self.wait_for(look, patience) if patience else look() or None

    def prove(self, entry, value):
        def document(server, port, listen):
            way = ({"type": "direct", "tag": "way", "inet4_bind_address": NEAR_ALSO} if subject.form == "sing-box" else
                   {"type": "direct", "name": "way", "interface-name": "eth1"})
            beside = [way] if value.given == "way" else []
            return documents.client(subject.form, subject.kind or "anytls", listen, server, port, beside=beside)

        subject = Dialling(self, entry, value, document)
        value.proof(self, subject)
