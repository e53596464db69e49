"""The first requests after waking up do not pay for the sessions that died in the sleep."""

from fault_case import FaultCase


class Asleep(FaultCase):
    def test_stopped_processes(self):
        self.row("asleep")

    def test_jump_of_the_clock(self):
        self.row("clock-jump")
