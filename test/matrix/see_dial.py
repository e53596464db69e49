"""Proofs about the connection that an outbound makes: its SYN as the other host gets it, what the kernel says of the
socket, how long it takes."""

import socket
import time

import anytls
import kernel
from wire import FAR, FAR6, FAST_OPEN, HOLE, HOLE6, MPTCP, NEAR

TCP = socket.IPPROTO_TCP


def leaves(by="eth0", source=None, destination=FAR, **run):
    """By this interface, from that address."""
    def proof(test, subject):
        subject.start(**run)
        test.ask(**run)
        interface, syn = test.syn()
        test.assertEqual((interface, syn.destination), (by, destination))
        if source:
            test.assertEqual(syn.source, source)
    return proof


def leaves_from(source, destination=FAR6):
    return leaves(source=source, destination=destination, server=destination)


def leaves_namespace(test, subject):
    """The program is on the other host: its connection begins here."""
    subject.start(host=test.far)
    test.ask(test.far)
    test.assertEqual(test.syn()[1].source, NEAR)


def leaves_named_namespace(test, subject):
    subject.start(host=test.far, prepare=f"""mkdir -p /run/netns
mount -t tmpfs none /run/netns
touch /run/netns/other
mount --bind {test.near.path} /run/netns/other""")
    test.ask(test.far)
    test.assertEqual(test.syn()[1].source, NEAR)


def is_marked(mark):
    def proof(test, subject):
        marked = test.keep(test.marked(mark, f"tcp dport {test.port}"))
        subject.start()
        test.ask()
        test.syn()
        test.assertGreater(marked.packets(), 0)
    return proof


def has_many_paths(wanted):
    def proof(test, subject):
        test.need_multi_path()
        subject.start()
        test.ask()
        test.assertEqual(MPTCP in test.syn()[1].options, wanted)
    return proof


def begins_with_data(test, subject):
    """The kernel has a cookie of the server: what is said first rides in the SYN."""
    subject.start()
    test.ask()
    syn = test.syn()[1]
    test.assertGreaterEqual(len(syn.options.get(FAST_OPEN, b"")), 8)
    wanted = test.SAID if subject.kind == "direct" else b"\x16\3\1"  # a ClientHello
    test.assertEqual(syn.payload[:len(wanted)], wanted)


def begins_without_data(test, subject):
    program = subject.start()
    test.ask()
    syn = test.syn()[1]
    test.assertEqual(syn.payload, b"")
    if subject.kind not in ("socks", "socks5", "http"):
        test.assertNotIn(FAST_OPEN, syn.options)
    return program


def asks_a_proxy_first(test, subject):
    program = begins_without_data(test, subject)
    test.assertIn("a proxy is asked first", program.log())


def has_options(**wanted):
    """SO_..., TCP_... of the socket."""
    def proof(test, subject):
        program = subject.start()
        test.ask()
        sock = test.keep(test.wait_for(lambda: kernel.connection(program.pid, test.port)))
        test.assertEqual({name: read(sock) for name, read in OPTIONS.items() if name in wanted}, wanted)
    return proof


OPTIONS = {
    "keep_alive": lambda sock: bool(kernel.option(sock, socket.SOL_SOCKET, socket.SO_KEEPALIVE)),
    "idle": lambda sock: kernel.option(sock, TCP, socket.TCP_KEEPIDLE),
    "interval": lambda sock: kernel.option(sock, TCP, socket.TCP_KEEPINTVL),
    "count": lambda sock: kernel.option(sock, TCP, socket.TCP_KEEPCNT),
    "reuse": lambda sock: (bool(kernel.option(sock, socket.SOL_SOCKET, socket.SO_REUSEADDR)),
                           bool(kernel.option(sock, socket.SOL_SOCKET, kernel.SO_REUSEPORT))),
    "no_port": lambda sock: bool(kernel.option(sock, socket.IPPROTO_IP, kernel.IP_BIND_ADDRESS_NO_PORT)),
}


def gives_up_after(seconds):
    """Where nobody answers."""
    def proof(test, subject):
        program = subject.start(server=HOLE)
        begin = time.monotonic()
        test.ask(server=HOLE)
        program.wait_log("timed out", timeout=10 * anytls.PATIENCE)
        took = time.monotonic() - begin
        test.assertGreaterEqual(took, seconds - 0.02)
        test.assertLess(took, (seconds + 1.5) * anytls.PATIENCE)
    return proof


def goes(**by_name):
    """The first SYN, for names of one or two families: where to; None: nowhere. "local" has IPv4, and an IPv6 address
    that RFC 6724 puts behind it."""
    def proof(test, subject):
        for name, wanted in by_name.items():
            with test.subTest(name):
                test.new_target()
                program = subject.start(server=f"{name}.test", prepare=test.hosts_file())
                test.ask(server=f"{name}.test")
                if wanted:
                    test.assertEqual(test.syn()[1].destination, wanted)
                else:
                    program.wait_log("the name has no usable address")
                    test.assertIsNone(test.syn(patience=0))
                program.end()
    return proof


def tries_the_next_after(least, most):
    """Seconds between the SYNs, by the kernel's clock; the first address of the name is a black hole."""
    def proof(test, subject):
        subject.start(server="hole.test", prepare=test.hosts_file())
        test.ask(server="hole.test")
        first, second = (test.syn(destination=place)[1].at for place in (HOLE6, FAR))
        test.assertGreaterEqual(second - first, least)
        test.assertLess(second - first, most)
    return proof


def is_refused(test, subject):
    """An outbound that makes no connections."""
    subject.start()
    test.assertEqual(test.ask().recv(4)[:2], b"\5\0")
    test.assertIsNone(test.syn(patience=0))
