"""The pieces of a ClientHello wait for the acknowledgement of the one before, where that takes a while."""

import threading
import time

import anytls
import ech
import namespaces
import proxy
from case import Case
from hello_catcher import HelloCatcher

namespaces.require()


class Acknowledged(Case):
    def setUp(self):
        self.host = namespaces.Namespace()
        self.addCleanup(self.host.close)
        self.host.run("ip", "link", "set", "lo", "up")

    def inside(self, work):
        """Runs it on a thread that lives in the namespace."""
        done = []

        def run():
            self.host.enter()
            done.append(work())

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return done[0]

    def lose_first_copies(self, port):
        """Of all segments with data: what the kernel sends again arrives, 200 ms later."""
        self.host.run("nft", "-f", "-", stdin=f"""
table ip fault {{
  set seen {{
    typeof tcp sequence
    size 65535
    flags dynamic
  }}
  chain input {{
    type filter hook input priority 0;
    tcp dport {port} tcp flags & psh == psh tcp sequence != @seen add @seen {{ tcp sequence }} drop
  }}
}}
""")

    def test_each_piece_is_sent_when_the_one_before_has_arrived(self):
        catcher = self.inside(HelloCatcher)
        self.keep(catcher)
        self.lose_first_copies(catcher.port)
        tls = {"enabled": True, "server_name": "www.secret.example", "insecure": True, "fragment": True,
               "fragment_fallback_delay": "1h"}
        client = ech.start_our_client(self, catcher.port, tls, wrap=lambda command: self.host.command(*command))

        def ask():
            try:
                proxy.socks5(client.port(), "127.0.0.1", 9).close()
            except (OSError, EOFError, proxy.Refused):
                pass

        began = time.monotonic()
        threading.Thread(target=lambda: (self.host.enter(), ask()), daemon=True).start()
        hello = catcher.first()
        took = time.monotonic() - began
        self.assertEqual((len(hello.chunks), len(hello.records())), (3, 1))
        self.assertEqual(hello.segments, 3)
        self.assertGreater(took, 0.4)  # two that had to be sent twice
        self.assertLess(took, 9 * anytls.PATIENCE)  # the deadline of a handshake is 10 s
