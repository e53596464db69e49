"""A server that ends and comes back costs requests the time of its absence, not an error."""

from fault_case import FaultCase


class ServerKilled(FaultCase):
    def test_by_kill_9(self):
        self.row("killed")

    def test_by_kill_9_sing_box(self):
        self.row("killed", server="sing-box")

    def test_with_its_host(self):
        self.row("half-open")

    def test_with_its_host_sing_box(self):
        self.row("half-open", server="sing-box")
