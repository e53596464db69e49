"""A path that is lost in one direction for a while delays requests until it is back."""

from fault_case import FaultCase


class BlackHole(FaultCase):
    def test_uplink(self):
        self.row("hole-up")

    def test_downlink(self):
        self.row("hole-down")

    def test_downlink_sing_box(self):
        self.row("hole-down", server="sing-box")
