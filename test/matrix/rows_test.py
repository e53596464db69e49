"""The matrix is whole: each TLS, dial and listen field that the program obeys has an entry, each entry has a field."""

import unittest

import client_tls
import dial
import listen
import rows
import server_tls
from entry import ByHand

ENTRIES = [*client_tls.TABLE, *server_tls.TABLE, *dial.TABLE, *listen.TABLE]


class Rows(unittest.TestCase):
    def test_every_field_has_an_entry_or_is_of_another_part(self):
        proved = {entry.row for entry in ENTRIES}
        for row in rows.with_status("supported"):
            with self.subTest(**row._asdict()):
                self.assertNotEqual(row in proved, rows.is_of_another_part(row),
                                    "write how its values are proved, or which part it belongs to (rows.py)")

    def test_every_entry_has_a_field(self):
        supported = set(rows.with_status("supported"))
        for entry in ENTRIES:
            with self.subTest(**entry.row._asdict()):
                self.assertIn(entry.row, supported)

    def test_no_field_has_no_values_or_two_entries(self):
        self.assertEqual(len({entry.row for entry in ENTRIES}), len(ENTRIES))
        self.assertTrue(all(entry.values for entry in ENTRIES))

    def test_tests_by_hand_that_are_named_are_there(self):
        for entry in ENTRIES:
            for value in entry.values:
                if isinstance(value, ByHand):
                    with self.subTest(**entry.row._asdict()):
                        self.assertTrue(value.exists(), value)
