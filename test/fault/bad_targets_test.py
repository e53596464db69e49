"""Targets that cannot be reached or never answer are nobody else's business."""

from fault_case import FaultCase


class BadTargets(FaultCase):
    def test_others_are_undisturbed(self):
        self.row("bad-targets")
