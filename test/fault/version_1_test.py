"""A server of version 1 says neither SYNACK nor heartbeats: silence is no death there."""

from fault_case import FaultCase


class Version1(FaultCase):
    def test_without_a_fault(self):
        self.row("version-1")

    def test_connections_reset(self):
        self.row("version-1-reset")
