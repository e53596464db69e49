"""The harness itself: without a fault nobody waits, so that what the other rows show is the program's."""

from fault_case import FaultCase


class Harness(FaultCase):
    def test_makes_no_noise(self):
        self.row("none")
