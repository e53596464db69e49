"""A server that closes connections as it likes is used like any other."""

from fault_case import FaultCase


class ClosingServer(FaultCase):
    def test_idle_ones(self):
        self.row("closes-idle")

    def test_after_one_request(self):
        self.row("closes-after-one")

    def test_quiet_ones_at_random(self):
        self.row("closes-random")
