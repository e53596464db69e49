"""Medians, their intervals, ratios."""

import unittest

import support

from statistic import interval, ratio


class Interval(unittest.TestCase):
    def test_of_few_values_is_from_smallest_to_largest(self):
        low, high, confidence = interval([3, 1, 2, 5, 4])
        self.assertEqual((low, high), (1, 5))
        self.assertAlmostEqual(confidence, 1 - 2 / 32)

    def test_of_nine_values_leaves_one_out_at_each_end(self):
        low, high, confidence = interval([9, 1, 8, 2, 7, 3, 6, 4, 5])
        self.assertEqual((low, high), (2, 8))
        self.assertAlmostEqual(confidence, 1 - 2 * (1 + 9) / 512)

    def test_of_one_value_is_that_value_and_says_nothing(self):
        self.assertEqual(interval([7]), (7, 7, 0))

    def test_does_not_follow_an_outlier(self):
        low, high, _ = interval([1.0] * 10 + [1000.0])
        self.assertEqual((low, high), (1.0, 1.0))


class Ratio(unittest.TestCase):
    def test_is_of_medians(self):
        self.assertEqual(ratio([1, 2, 300], [4, 4, 4]), 0.5)

    def test_of_nothing_is_nothing(self):
        self.assertIsNone(ratio([], [1]))
        self.assertIsNone(ratio([1], None))
        self.assertIsNone(ratio([1], [0, 0, 0]))
