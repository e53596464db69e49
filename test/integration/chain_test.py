"""One outbound through another: detour, with the socks, http, direct and anytls types."""

import json
import select
import signal
import socket
import threading
import time

import anytls
import peer
import proxy
from case import Case
from target import Target, closed_port, digest, stream

USER = ("user", "pass word")
BIG = 3_000_000
GREETING = b"220 hello\r\n"  # of a target that speaks first


def names_it_itself(asked):
    """SOCKS 5, one byte at a time: whatever is asked for is the port in `asked["to"]` here. Remembers what that was."""
    def serve(sock):
        proxy.read_exactly(sock, proxy.read_exactly(sock, 2)[1])
        sock.sendall(b"\5\0")
        kind = proxy.read_exactly(sock, 4)[3]
        host = proxy.read_exactly(sock, {1: 4, 4: 16}.get(kind) or proxy.read_exactly(sock, 1)[0])
        proxy.read_exactly(sock, 2)
        asked.setdefault("hosts", []).append(host if kind == 3 else ".".join(map(str, host)).encode())
        with socket.create_connection(("127.0.0.1", asked["to"]), proxy.TIMEOUT) as far:
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for one in b"\5\0\0\1\0\0\0\0\0\0":
                sock.sendall(bytes([one]))
            threading.Thread(target=copy, args=(far, sock), daemon=True).start()
            copy(sock, far)
    return serve


def copy(source, to):
    try:
        while piece := source.recv(1 << 16):
            to.sendall(piece)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def pump(tls, plain):
    """Between the two, half-closes included; on one thread, as a TLS connection of this library wants it."""
    waiting = [tls, plain]
    while waiting:
        for one in [tls] if tls.pending() else select.select(waiting, [], [], proxy.TIMEOUT)[0]:
            other = plain if one is tls else tls
            if piece := one.recv(1 << 16):
                other.sendall(piece)
                continue
            waiting.remove(one)
            if one is tls:
                plain.shutdown(socket.SHUT_WR)
            elif waiting:
                tls.unwrap()  # waits for the other side's end
                return


def says(*answers, then=lambda sock: None):
    """Each answer for one message of the client."""
    def serve(sock):
        for one in answers:
            sock.recv(4096)
            sock.sendall(one)
        then(sock)
    return serve


def hold(sock):
    while sock.recv(4096):
        pass


class Chains(Case):
    def setUp(self):
        self.cert = anytls.certificate(self.folder)
        self.target = self.keep(Target())

    # what stands on the way

    def server(self):
        return anytls.start_server(self, self.cert, extra=("--log-level", "debug")).port()

    def run_config(self, *outbounds, users=None, level="debug"):
        """All traffic goes to the first one."""
        inbound = {"type": "mixed", "listen": "127.0.0.1"}
        if users:
            inbound["users"] = [{"username": users[0], "password": users[1]}]

        def start(port):
            text = json.dumps({"log": {"level": level}, "inbounds": [{**inbound, "listen_port": port}],
                               "outbounds": list(outbounds)})
            path = self.file(f"chain-{port}.json", text)
            return self.spawn("run", [anytls.BINARY, "run", "-c", path])

        return anytls.with_free_port(start)

    def proxy(self, users=None):
        """One of ours that takes SOCKS and HTTP."""
        return self.run_config({"type": "direct"}, users=users)

    def out(self, tag, port, detour=None, **fields):
        made = {"type": "anytls", "tag": tag, "server": "127.0.0.1", "server_port": port, "password": anytls.PASSWORD,
                "tls": {"enabled": True, "server_name": "localhost", "certificate_path": self.cert.cert}, **fields}
        return {**made, "detour": detour} if detour else made

    def hop(self, kind, tag, port, user=None, detour=None, **fields):
        made = {"type": kind, "tag": tag, "server": "127.0.0.1", "server_port": port, **fields}
        if user:
            made.update(username=user[0], password=user[1])
        return {**made, "detour": detour} if detour else made

    # what is asked of it

    def transfer(self, client, size=100_000):
        """Up and down, byte for byte."""
        with proxy.socks5(client.port(), "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"sha %d\n" % size)
            for piece in stream(size, 1):
                sock.sendall(piece)
            self.assertEqual(proxy.read_exactly(sock, 64).decode(), digest(size, 1))
        with proxy.socks5(client.port(), "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"source %d 2\n" % size)
            self.assertEqual(proxy.read_all(sock), b"".join(stream(size, 2)))

    def fails(self, client, *parts, host="127.0.0.1"):
        """A request fails, and one line about it contains `parts`."""
        began = time.monotonic()
        with self.assertRaises((proxy.Refused, OSError, EOFError)):
            with proxy.socks5(client.port(), host, self.target.port) as sock:
                sock.sendall(b"echo\n")
                if not sock.recv(1):
                    raise EOFError
        took = time.monotonic() - began
        client.wait_log(lambda log: any(all(part in line for part in parts) for line in log.splitlines()))
        return took

    # an AnyTLS server behind proxies

    def test_anytls_through_a_socks_proxy(self):
        server, on_the_way = self.server(), self.proxy().port()
        for version in ("5", "4", "4a"):
            with self.subTest(version=version):
                client = self.run_config(self.out("out", server, "p"),
                                         self.hop("socks", "p", on_the_way, version=version))
                self.transfer(client, BIG if version == "5" else 1000)

    def test_anytls_through_an_http_proxy_with_a_password(self):
        on_the_way = self.proxy(USER)
        client = self.run_config(self.out("out", self.server(), "p"), self.hop("http", "p", on_the_way.port(), USER))
        self.transfer(client, BIG)

    def test_the_proxy_gets_the_name_of_the_server(self):
        """It is resolved there, not here: here there is no such name."""
        asked = {"to": self.server()}
        through = self.keep(peer.Server(None, names_it_itself(asked)))
        client = self.run_config(self.out("out", 443, "p", server="server.invalid"),
                                 self.hop("socks", "p", through.port))
        self.transfer(client)
        self.assertEqual(set(asked["hosts"]), {b"server.invalid"})

    def test_anytls_through_another_anytls_server(self):
        client = self.run_config(self.out("out", self.server(), "first"), self.out("first", self.server()))
        self.transfer(client, BIG)

    def test_a_chain_of_four(self):
        """The configuration names them in any order."""
        a, b = self.proxy(USER), self.proxy()
        client = self.run_config(self.out("out", self.server(), "http"), self.out("first", self.server(), "socks"),
                                 self.hop("socks", "socks", a.port(), USER),
                                 self.hop("http", "http", b.port(), detour="first"))
        self.transfer(client, 1_000_000)

    def test_a_direct_outbound_and_a_group_as_detour(self):
        client = self.run_config(self.out("out", self.server(), "group"),
                                 {"type": "selector", "tag": "group", "outbounds": ["way", "out"]},
                                 {"type": "direct", "tag": "way", "detour": "first"}, self.out("first", self.server()))
        self.transfer(client)
        self.assertIn("way stands for", client.log().replace('"', ""))

    def test_idle_sessions_are_kept_warm_through_another_server(self):
        first, second = self.server(), self.server()
        client = self.run_config(self.out("out", second, "first", ensure_idle_session=3), self.out("first", first))
        client.wait_log(lambda log: log.count("[EnsureIdleSession] Successfully created") >= 3)
        self.transfer(client)
        self.assertEqual(client.stop(), 0)

    def test_it_stops_in_the_middle_of_a_transfer(self):
        client = self.run_config(self.out("out", self.server(), "first"), self.out("first", self.server(), "p"),
                                 self.hop("socks", "p", self.proxy().port()))
        with proxy.socks5(client.port(), "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"source 100000000 2\n")
            proxy.read_exactly(sock, 1000)
            self.assertEqual(client.stop(), 0)

    # proxies as the way to the targets

    def test_targets_through_proxies(self):
        for kind, user in (("socks", USER), ("http", USER), ("socks", None), ("http", None)):
            with self.subTest(kind=kind, user=user):
                client = self.run_config(self.hop(kind, "p", self.proxy(user).port(), user))
                self.transfer(client, BIG)

    def test_targets_through_proxies_over_tls(self):
        """As the way to the targets, with half-closes, and to an AnyTLS server; and one that nobody trusts."""
        plain = self.proxy(USER).port()

        def relay(sock):
            with proxy.dial(plain) as far:
                pump(sock, far)

        tls = {"enabled": True, "server_name": "localhost", "certificate_path": self.cert.cert}
        port = self.keep(peer.Server(self.cert, relay)).port
        client = self.run_config(self.hop("http", "p", port, USER, tls=tls))
        self.transfer(client, BIG)
        client = self.run_config(self.out("out", self.server(), "p"), self.hop("http", "p", port, USER, tls=tls))
        self.transfer(client, BIG)
        client = self.run_config(self.hop("http", "p", port, USER, tls={**tls, "certificate_path": ""}))
        self.fails(client, "p (127.0.0.1:", "certificate not trusted")

    def test_socks_4_resolves_names_here(self):
        client = self.run_config(self.hop("socks", "p", self.proxy().port(), version="4"))
        with proxy.socks5(client.port(), "localhost", self.target.port) as sock:
            sock.sendall(b"echo\nhello")
            self.assertEqual(proxy.read_exactly(sock, 5), b"hello")

    def test_a_proxy_behind_an_anytls_server(self):
        """Bytes both ways, a half-close, and a target that speaks first with its proxy's answer."""
        server, on_the_way = self.server(), self.proxy(USER).port()
        for kind in ("socks", "http"):
            with self.subTest(kind=kind):
                client = self.run_config(self.hop(kind, "p", on_the_way, USER, detour="out"), self.out("out", server))
                self.transfer(client, BIG)
        greets = self.keep(peer.Server(None, says(b"\5\0", b"\5\0\0\1\0\0\0\0\0\0" + GREETING, then=hold)))
        client = self.run_config(self.hop("socks", "p", greets.port, detour="out"), self.out("out", server))
        with proxy.socks5(client.port(), "mail.invalid", 25) as sock:
            self.assertEqual(proxy.read_exactly(sock, len(GREETING)), GREETING)

    def test_a_target_that_speaks_with_the_answer_of_the_proxy(self):
        for kind, greeting in (("socks", says(b"\5\0", b"\5\0\0\1\0\0\0\0\0\0" + GREETING, then=hold)),
                               ("http", says(b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\n" + GREETING, then=hold))):
            with self.subTest(kind=kind):
                greets = self.keep(peer.Server(None, greeting))
                client = self.run_config(self.hop(kind, "p", greets.port))
                with proxy.socks5(client.port(), "mail.invalid", 25) as sock:
                    self.assertEqual(proxy.read_exactly(sock, len(GREETING)), GREETING)

    def test_a_reset_behind_a_proxy_is_no_end(self):
        ways = {"socks": [self.hop("socks", "p", self.proxy().port())],
                "http through anytls": [self.hop("http", "p", self.proxy().port(), detour="out"),
                                        self.out("out", self.server())],
                "anytls through anytls": [self.out("second", self.server(), "out"), self.out("out", self.server())]}
        for name, outbounds in ways.items():
            with self.subTest(way=name):
                client = self.run_config(*outbounds)
                with proxy.socks5(client.port(), "127.0.0.1", self.target.port) as sock:
                    sock.sendall(b"reset 100000 1\n")
                    with self.assertRaises(ConnectionError):
                        proxy.read_all(sock)

    def test_a_hop_that_dies_is_no_end(self):
        """Killed in the middle of a download, wherever it stands."""
        for name in ("first server", "proxy"):
            with self.subTest(dies=name):
                on_the_way, first = self.proxy(), anytls.start_server(self, self.cert)
                detour = [self.out("way", first.port())] if name == "first server" else [
                    self.hop("socks", "way", on_the_way.port())]
                client = self.run_config(self.out("out", self.server(), "way"), *detour)
                with proxy.socks5(client.port(), "127.0.0.1", self.target.port) as sock:
                    sock.sendall(b"source 500000000 2\n")
                    proxy.read_exactly(sock, 100_000)
                    (first if name == "first server" else on_the_way).kill()
                    with self.assertRaises(ConnectionError):
                        while sock.recv(1 << 20):
                            pass

    def test_a_frozen_server_behind_another_is_noticed_by_its_heartbeat(self):
        """With a transfer on its way: what the kernel knows of the connection ends at the first server."""
        frozen = anytls.start_server(self, self.cert)
        client = self.run_config(self.out("out", frozen.port(), "first", heartbeat="1s"),
                                 self.out("first", self.server()))
        with proxy.socks5(client.port(), "127.0.0.1", self.target.port) as sock:
            sock.sendall(b"echo\nhello")
            self.assertEqual(proxy.read_exactly(sock, 5), b"hello")
            frozen.send(signal.SIGSTOP)
            try:
                with self.assertRaises(ConnectionError):
                    sock.recv(1)
            finally:
                frozen.send(signal.SIGCONT)
        client.wait_log("heartbeat_timeout")

    # what goes wrong

    def test_a_wrong_password_of_the_proxy_is_said(self):
        port, server = self.proxy(USER).port(), self.server()
        for kind in ("socks", "http"):
            with self.subTest(kind=kind):
                wrong = self.hop(kind, "p", port, ("user", "wrong"))
                self.fails(self.run_config(self.out("out", server, "p"), wrong),
                           "out (127.0.0.1:", "the proxy does not accept the username and password")
                self.fails(self.run_config(self.hop(kind, "p", port)),
                           f"p (127.0.0.1:{port})", "the proxy wants a username and password")

    def test_what_the_proxy_cannot_reach_is_said(self):
        for kind, words in (("socks", "the proxy says: connection refused"), ("http", "the proxy could not connect")):
            with self.subTest(kind=kind):
                port, sock = closed_port()
                self.keep(sock)
                client = self.run_config(self.out("out", port, "p", connect_timeout="1s"),
                                         self.hop(kind, "p", self.proxy().port()))
                self.fails(client, "out (127.0.0.1:", words)

    def test_what_is_no_proxy_is_said(self):
        http = self.keep(peer.Server(None, says(b"HTTP/1.1 400 Bad Request\r\n\r\n")))
        ends = self.keep(peer.Server(None, lambda sock: sock.recv(1)))
        self.fails(self.run_config(self.hop("socks", "p", http.port)),
                   "the proxy does not answer as a proxy of this kind")
        self.fails(self.run_config(self.hop("http", "p", ends.port)), "the proxy closed the connection")

    def test_a_proxy_that_hangs_is_given_up_in_time(self):
        silent = self.keep(peer.Server(None, hold))
        hop = self.hop("socks", "p", silent.port, connect_timeout="300ms")
        for outbounds in ([hop], [self.out("out", 443, "p", connect_timeout="600ms"), hop],
                          [self.out("out", 443, "long", connect_timeout="400ms"),
                           self.hop("http", "long", silent.port, connect_timeout="1m")]):
            with self.subTest(outbounds=[one["tag"] for one in outbounds]):
                took = self.fails(self.run_config(*outbounds), "connecting timed out")
                self.assertGreater(took, 0.25)
                self.assertLess(took, 2.5 * anytls.PATIENCE)

