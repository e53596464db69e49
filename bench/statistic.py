"""Medians and what surrounds them."""

import math
import statistics

median = statistics.median


def interval(values, confidence=0.95):
    """Of the median, by order statistics: how far in from both ends one may go is a question of coin tosses (the sign
    test), so nothing is assumed of the distribution. Returns low, high and the confidence that the two really have:
    less than asked where there are fewer than six values, which is then that of smallest and largest."""
    ordered, n = sorted(values), len(values)
    outside = 0.0  # chance that the median lies beyond the k-th value of one end
    best = None
    for k in range((n + 1) // 2):
        outside += math.comb(n, k) / 2**n
        has = 1 - 2 * outside
        if best is None or has >= confidence:
            best = ordered[k], ordered[n - 1 - k], has
    return best


def ratio(ours, other):
    """Of medians; nothing where there is nothing to divide by."""
    if not ours or not other or not median(other):
        return None
    return median(ours) / median(other)
