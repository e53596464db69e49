"""Whoever resets connections in the path costs what was under way, and nothing else."""

from fault_case import FaultCase


class Resets(FaultCase):
    def test_all_at_once(self):
        self.row("reset")

    def test_all_at_once_sing_box(self):
        self.row("reset", server="sing-box")

    def test_as_an_answer_to_old_flows(self):
        self.row("reset-on-use")
