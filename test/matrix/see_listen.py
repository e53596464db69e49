"""Proofs about the socket that an inbound listens on, and about those that it accepts: who on the other host gets
through, what the SYN-ACK has, what the kernel says."""

import socket
import time

import anytls
import kernel
import peer
import proxy
from see_dial import OPTIONS
from wire import FAR, FAR_OTHER_LINK, FAST_OPEN, MPTCP, NEAR, SYN_ACK

HEADER = b"PROXY TCP4 192.0.2.9 192.0.2.1 1234 80\r\n"


def _open(kind):
    """What a client of that type says first, and how the answer begins."""
    if kind == "anytls":
        return peer.client_hello(), b"\x16"
    if kind == "http":
        return b"GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"H"
    return b"\5\1\0", b"\5"


def _reaches(test, address, host=None):
    try:
        test.connect(address, host).close()
        return True
    except OSError:
        return False


def listens_at(*addresses, **start):
    """Of the other host's addresses, and its own loopback ones: at these, and at no others."""
    def proof(test, subject):
        subject.start(**start)
        others = [(FAR, test.near), (FAR_OTHER_LINK, test.near), ("127.0.0.1", test.far), ("::1", test.far)]
        found = [address for address, host in others if _reaches(test, address, host)]
        test.assertEqual(found, list(addresses))
    return proof


EVERYWHERE = (FAR, FAR_OTHER_LINK, "127.0.0.1")


def listens_on(port):
    def proof(test, subject):
        test.assertEqual(subject.start().port(), port)
        test.connect(FAR, port=port)
    return proof


def listens_in_namespace(test, subject):
    """The program is on the near host, where nobody listens."""
    subject.start(host=test.near)
    test.assertFalse(_reaches(test, NEAR, test.near))
    test.assertTrue(_reaches(test, FAR))


def listens_in_named_namespace(test, subject):
    subject.start(host=test.near, prepare=f"""mkdir -p /run/netns
mount -t tmpfs none /run/netns
touch /run/netns/other
mount --bind {test.far.path} /run/netns/other""")
    test.assertFalse(_reaches(test, NEAR, test.near))
    test.assertTrue(_reaches(test, FAR))


def answers_marked(mark):
    def proof(test, subject):
        marked = test.keep(test.marked(mark, f"tcp sport {test.port} tcp flags & (syn | ack) == (syn | ack)"))
        subject.start()
        test.connect()
        test.assertGreater(marked.packets(), 0)
    return proof


def shares_its_port(wanted):
    """With another program that has the same configuration."""
    def proof(test, subject):
        subject.start()
        second = subject.start(waits=False)
        if wanted:
            second.port()
        else:
            test.assertNotEqual(second.wait(10 * anytls.PATIENCE), 0)
            test.assertIn("in use", second.log())
    return proof


def gives_cookies(wanted):
    """For TCP Fast Open, to who asks for one."""
    def proof(test, subject):
        test.near.run("ip", "tcp_metrics", "flush", "all")
        subject.start()
        test.connect(fast=True).sendall(b"x")
        answer = test.wire.packets(test.port, SYN_ACK)[0]
        test.assertEqual(len(answer.options.get(FAST_OPEN, b"")) >= 8, wanted)
    return proof


def takes_many_paths(wanted):
    def proof(test, subject):
        test.need_multi_path()
        subject.start()
        test.connect(many_paths=True)
        test.assertEqual(MPTCP in test.wire.packets(test.port, SYN_ACK)[0].options, wanted)
    return proof


def accepts_with(**wanted):
    """SO_..., TCP_... of the connection."""
    def proof(test, subject):
        program = subject.start()
        test.connect()
        sock = test.keep(test.wait_for(lambda: kernel.connection(program.pid, test.port)))
        test.assertEqual({name: OPTIONS[name](sock) for name in wanted}, wanted)
    return proof


def serves(with_header, without):
    """Who comes with a PROXY header, and without."""
    def proof(test, subject):
        subject.start()
        question, answer = _open(subject.kind)
        for header, wanted in ((HEADER, with_header), (b"", without)):
            sock = test.connect()
            sock.settimeout(10 if wanted else 0.3)
            sock.sendall(header + question)
            try:
                got = sock.recv(1)
            except OSError:  # a reset, or silence
                got = b""
            test.assertEqual(got == answer, wanted, header)
    return proof


def answers_before_the_target_does(wanted):
    """The server that the traffic goes to is silent about it."""
    def proof(test, subject):
        subject.start()
        sock = test.connect()
        if subject.kind == "http":
            sock.sendall(b"CONNECT target.example:80 HTTP/1.1\r\nHost: target.example:80\r\n\r\n")
        else:
            sock.sendall(b"\5\1\0")
            proxy.read_exactly(sock, 2)
            sock.sendall(b"\5\1\0" + proxy.socks_address("target.example", 80))
        test.wait_for(lambda: test.silent.asked)
        if not wanted:
            sock.settimeout(0.2)
            with test.assertRaises(TimeoutError):
                sock.recv(1)
            test.silent.speak.set()
            sock.settimeout(10)
        test.assertIn(sock.recv(1), (b"\5", b"H"))
    return proof


class SilentServer(peer.Server):
    """An AnyTLS server that takes a stream and says nothing of its target before it is told to."""

    def __init__(self, cert, event):
        self.asked, self.speak = 0, event
        super().__init__(cert, peer.authenticated(self._answer))

    def _answer(self, session):
        peer.hello(session)
        session.read_until(peer.SYN)
        self.asked += 1
        self.speak.wait(10 * anytls.PATIENCE)
        session.send(peer.frame(peer.SYNACK, 1))
        time.sleep(0.2)


def connect(address, port, fast, many_paths):
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM,
                         socket.IPPROTO_MPTCP if many_paths else 0)
    sock.settimeout(10)
    if fast:
        sock.setsockopt(socket.IPPROTO_TCP, 30, 1)  # TCP_FASTOPEN_CONNECT
    try:
        sock.connect((address, port))
    except OSError:
        sock.close()
        raise
    return sock
