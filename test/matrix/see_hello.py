"""Proofs about the ClientHello that a client with an option sends, and about the servers that it takes."""

import socket
import time

import client_hello
import proxy
from client_hello import fold, is_grease
from entry import boringssl
from far_end import FarEnd, context
from hello_catcher import HelloCatcher
from names import SUITES_1_3
from pass_through import PassThrough

# SOCKS 5 in one go: nobody waits for the answers.
REQUEST = b"\5\1\0\5\1\0" + proxy.socks_address("target.example", 80)


RENEGOTIATION = 0x00ff  # a signal among the suites, which only OpenSSL sends


def _plain(values):
    return [one for one in values if not is_grease(one) and one != RENEGOTIATION]


FACTS = {
    "name": lambda hello: hello.server_name,
    "alpn": lambda hello: hello.alpn,
    "versions": lambda hello: sorted(_plain(hello.versions or [hello.version])),
    "suites": lambda hello: [one for one in _plain(hello.cipher_suites) if one not in SUITES_1_3.values()],
    "suites_1_3": lambda hello: sorted(one for one in hello.cipher_suites if one in SUITES_1_3.values()),
    "groups": lambda hello: _plain(hello.groups),
    "shares": lambda hello: _plain(group for group, _ in hello.key_shares),
    "ja4": lambda hello: hello.ja4(),
    "grease": lambda hello: client_hello.GREASE in fold(hello.cipher_suites),
    "ech": lambda hello: hello.ech is not None,
}


def _hello_of(catcher, program):
    with proxy.dial(program.port()) as sock:
        sock.sendall(REQUEST)
        return catcher.next()


def sees(says=None, server="127.0.0.1", **wanted):
    """What FACTS find in the ClientHello, and what the log says. `server`: as the outbound names it."""
    def proof(test, subject):
        catcher = test.keep(client_hello.Catcher())
        program = subject.start(catcher.port, server)
        hello = _hello_of(catcher, program)
        for name, value in wanted.items():
            test.assertEqual(FACTS[name](hello), value, name)
        if says:
            test.assertIn(says, program.log())
    return boringssl(proof) if "ja4" in wanted else proof


def hides(name, behind):
    """Real ECH, not the empty form: the name is nowhere, the one of the keys is there instead."""
    def proof(test, subject):
        catcher = test.keep(client_hello.Catcher())
        hello = _hello_of(catcher, subject.start(catcher.port))
        test.assertNotIn(name.encode(), hello.raw)
        test.assertEqual(hello.server_name, behind)
        test.assertIsNotNone(hello.ech)
    return boringssl(proof)


def comes_in(segments, records, at_least=0.0, at_most=float("inf")):
    """In how many pieces it arrives, and after how many seconds: a busy machine has three tries not to be late."""
    def once(test, subject):
        catcher = test.keep(HelloCatcher())
        program = subject.start(catcher.port)
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", program.port())) as sock:
            sock.sendall(REQUEST)
            hello = catcher.first()
        took = time.monotonic() - began
        test.assertEqual((hello.segments > 1, len(hello.records()) > 1), (segments, records))
        test.assertGreaterEqual(took, at_least)
        return took

    def proof(test, subject):
        test.assertTrue(any(once(test, subject) < at_most for _ in range(3)), "it is late")
    return proof


def _hello_through(program):
    with proxy.socks5(program.port(), "target.example", 80) as sock:
        return proxy.read_exactly(sock, 5)


def reaches(server=lambda test: context(test.cert), **wanted):
    """A server with that TLS context answers; `wanted`: what it has seen of the client."""
    def proof(test, subject):
        far = test.keep(FarEnd(server(test)))
        test.assertEqual(_hello_through(subject.start(far.port)), b"hello")
        for name, value in wanted.items():
            test.assertEqual(getattr(far.seen[0], name), value)
    return proof


def reaches_without_tls(test, subject):
    reaches(lambda test: None, version=None)(test, subject)


def gives_up(says, server=lambda test: context(test.cert)):
    def proof(test, subject):
        program = subject.start(test.keep(FarEnd(server(test))).port)
        with test.assertRaises((proxy.Refused, OSError, EOFError)):
            _hello_through(program)
        program.wait_log(says)
    return proof


def resumes(wanted):
    """Whether the second connection shows a ticket of the first."""
    def proof(test, subject):
        wire = test.keep(PassThrough(test.keep(FarEnd(context(test.cert))).port))
        program = subject.start(wire.port)
        for _ in range(2):
            test.assertEqual(_hello_through(program), b"hello")
            wire.cut()
            test.wait_for(lambda: not wire.open_connections())
        hellos = [client_hello.parse(one.first_sent) for one in wire.connections]
        test.assertEqual([one.has(client_hello.PRE_SHARED_KEY) for one in hellos], [False, wanted])
    return proof
