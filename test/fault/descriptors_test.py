"""Without descriptors requests are refused or wait; afterwards all is as before."""

from fault_case import FaultCase


class Descriptors(FaultCase):
    def test_of_the_client(self):
        self.row("fd-client")

    def test_of_the_server(self):
        self.row("fd-server")
