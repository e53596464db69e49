"""A minute of random faults: tools/soak in short. The seed is in the output."""

import random

import anytls
import soak
from fault_case import FaultCase

SECONDS = 60


class Soak(FaultCase):
    def test_random_faults(self):
        if anytls.sanitized():
            self.skipTest("its bounds are milliseconds")
        seed = random.SystemRandom().randrange(1 << 32)
        self.assertEqual(soak.soak(self, SECONDS, seed, rest_every=20.0), [], f"seed {seed}")
