"""Very many sessions that are lost at once come back without a storm."""

from fault_case import FaultCase


class ManySessions(FaultCase):
    def test_without_a_rate(self):
        self.row("many-lost")

    def test_with_a_rate(self):
        self.row("many-lost-rate")
