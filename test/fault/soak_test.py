"""Three minutes of random faults: tools/soak in short. The same ones each time, so that a red run is about the change;
ANYTLS_SOAK_SEED or tools/soak try others."""

import os

import anytls
import soak
from fault_case import FaultCase

SECONDS = 180


class Soak(FaultCase):
    def test_random_faults(self):
        if anytls.sanitized():
            self.skipTest("its bounds are milliseconds")
        seed = int(os.environ.get("ANYTLS_SOAK_SEED", "20261125"))
        self.assertEqual(soak.soak(self, SECONDS, seed, rest_every=20.0), [], f"seed {seed}")
