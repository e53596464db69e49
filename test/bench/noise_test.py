"""What --compare calls worse."""

import unittest

import support

from noise import judge

OLD = [1.00, 1.02, 0.98, 1.01, 0.99, 1.00, 1.03, 0.97, 1.00]


class Judge(unittest.TestCase):
    def test_twenty_percent_in_every_round_is_worse(self):
        verdict = judge(OLD, [1.2 * value for value in OLD])
        self.assertTrue(verdict.worse)
        self.assertAlmostEqual(verdict.quotient, 1.2)

    def test_nine_percent_is_not(self):
        self.assertFalse(judge(OLD, [1.09 * value for value in OLD]).worse)

    def test_twenty_percent_that_rounds_do_not_agree_on_is_noise(self):
        new = [1.2 * value for value in OLD[:5]] + [0.9 * value for value in OLD[5:]]
        verdict = judge(OLD, new)
        self.assertGreater(verdict.quotient, 1.1)
        self.assertFalse(verdict.worse)

    def test_one_unlucky_round_of_nine_changes_nothing(self):
        new = [1.2 * value for value in OLD]
        new[3] = 0.5
        self.assertTrue(judge(OLD, new).worse)
        self.assertFalse(judge(OLD, OLD[:-1] + [10]).worse)

    def test_a_round_that_is_slow_for_both_does_not_count_against_either(self):
        slow = [5 * value if number % 2 else value for number, value in enumerate(OLD)]
        self.assertTrue(judge(slow, [1.2 * value for value in slow]).worse)

    def test_less_throughput_is_worse_and_more_is_better(self):
        self.assertTrue(judge(OLD, [0.8 * value for value in OLD], "more").worse)
        self.assertTrue(judge(OLD, [1.3 * value for value in OLD], "more").better)

    def test_fewer_than_five_rounds_prove_nothing(self):
        self.assertFalse(judge([1] * 4, [9] * 4).worse)
        self.assertTrue(judge([1] * 5, [9] * 5).worse)

    def test_without_values_there_is_no_verdict(self):
        self.assertIsNone(judge([], [1]))
        self.assertIsNone(judge([0, 0], [1, 1]))
