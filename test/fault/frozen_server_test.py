"""A server that stands still for some seconds loses nobody."""

from fault_case import FaultCase


class FrozenServer(FaultCase):
    def test_requests_wait_for_it(self):
        self.row("frozen")

    def test_requests_wait_for_it_sing_box(self):
        self.row("frozen", server="sing-box")
