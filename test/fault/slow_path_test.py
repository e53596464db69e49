"""No deadline takes a slow path for a dead one."""

from fault_case import FaultCase


class SlowPath(FaultCase):
    def test_600_ms(self):
        self.row("slow-300")

    def test_3_s(self):
        self.row("slow-1500")
