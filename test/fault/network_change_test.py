"""A client that changes its network takes its requests along."""

from fault_case import FaultCase


class NetworkChange(FaultCase):
    def test_another_address(self):
        self.row("address")

    def test_another_interface(self):
        self.row("route")
