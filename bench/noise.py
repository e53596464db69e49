"""When two builds of ours differ by more than the noise.

Each round measures both, one right after the other, so what disturbs a round disturbs both: judged are the quotients
new / old of the rounds. A load is worse if their median is over 1.10 and the 95 % interval of that median lies above 1
altogether (statistic.interval()): with seven rounds, if all seven are above 1; with nine, if eight are. Fewer rounds
than five prove nothing. What is worse is measured once more, and both must say so: of some hundred figures a few are
always unlucky once."""

import dataclasses

from statistic import interval, median

WORSE = 1.10
FEWEST = 5


@dataclasses.dataclass(frozen=True)
class Verdict:
    quotient: float  # above 1 = worse, whether less or more is better
    low: float
    high: float
    worse: bool
    better: bool


def judge(old, new, better="less"):
    """None where nothing can be said."""
    pairs = [(a, b) for a, b in zip(old, new) if a > 0 and b > 0]
    if not pairs:
        return None
    quotients = [b / a if better == "less" else a / b for a, b in pairs]
    low, high, _ = interval(quotients)
    middle, enough = median(quotients), len(pairs) >= FEWEST
    return Verdict(middle, low, high, enough and middle > WORSE and low > 1,
                   enough and middle < 1 / WORSE and high < 1)
