"""A NAT that forgets its flows is not noticed by requests."""

from fault_case import FaultCase


class Nat(FaultCase):
    def test_forgets_in_the_middle_of_traffic(self):
        self.row("nat")

    def test_forgets_in_the_middle_of_traffic_sing_box(self):
        self.row("nat", server="sing-box")

    def test_forgets_in_silence(self):
        self.row("nat-quiet")
