"""The table of options in the documentation is what the program says."""

import os
import pathlib
import subprocess
import unittest

import anytls

ROOT = pathlib.Path(__file__).parents[2]


class OptionsTable(unittest.TestCase):
    def test_is_up_to_date_in_both_languages(self):
        done = subprocess.run([ROOT / "tools/options-table", "--check"], env={**os.environ, "ANYTLS": anytls.BINARY},
                              capture_output=True, text=True, timeout=30 * anytls.PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
