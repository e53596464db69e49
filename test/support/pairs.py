"""Every client with every server: a behaviour is written once and becomes one test class for each pair.

sing-box with itself is no test of ours; ANYTLS_TEST_PEER_ALONE=1 runs it to prove that the tests themselves are right.
"""

import os
import sys

import anytls
import sing_box
from case import Case
from pass_through import PassThrough
from target import Target

_PAIRS = [("OursToSingBox", "ours", "sing-box"), ("SingBoxToOurs", "sing-box", "ours"), ("OursToOurs", "ours", "ours")]
if os.environ.get("ANYTLS_TEST_PEER_ALONE"):
    _PAIRS = [("SingBoxToSingBox", "sing-box", "sing-box")]


class PairCase(Case):
    client_kind = server_kind = None

    def setUp(self):
        self.cert = anytls.certificate(self.folder)
        self.target = self.keep(Target())

    def start_server(self, scheme=None, **options):
        if self.server_kind == "sing-box":
            self.server = sing_box.start_server(self, self.cert, scheme=scheme, **options)
        else:
            extra = ["--padding-scheme", self.file("scheme.txt", scheme)] if scheme else []
            self.server = anytls.start_server(self, self.cert, extra=extra, **options)
        self.server.port()
        return self.server

    def start_client(self, port=None, **options):
        """Through a relay that counts connections, `self.wire`."""
        self.wire = self.keep(PassThrough(port or self.server.port()))
        if self.client_kind == "sing-box":
            self.client = sing_box.start_client(self, self.wire.port, **options)
        else:
            self.client = anytls.start_client(self, self.wire.port, cert=self.cert, **options)
        self.proxy = self.client.port()
        return self.client

    def start(self):
        self.start_server()
        self.start_client()


def every_pair(behaviour):
    """Decorator of a class of tests that is not a TestCase itself."""
    return pairs_where(lambda client, server: True)(behaviour)


def pairs_where(wanted):
    def decorate(behaviour):
        module = sys.modules[behaviour.__module__]
        for name, client, server in _PAIRS:
            if wanted(client, server):
                fields = {"client_kind": client, "server_kind": server, "__module__": behaviour.__module__}
                setattr(module, f"{behaviour.__name__}_{name}",
                        type(f"{behaviour.__name__}_{name}", (behaviour, PairCase), fields))
        return behaviour
    return decorate
