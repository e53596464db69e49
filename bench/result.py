"""What is measured of a load, what it should be, and what it was."""

import dataclasses

from statistic import median, ratio

OURS = "anytls"


@dataclasses.dataclass(frozen=True)
class Goal:
    """At most `limit`, or at most `limit` times the median of the peer `against`."""

    limit: float
    against: str | None = None

    def text(self):
        return f"<= {self.limit:g}" + (f" x {self.against}" if self.against else "")

    def met(self, values):
        """None where one of the two was not measured."""
        if not values.get(OURS):
            return None
        if self.against is None:
            return median(values[OURS]) <= self.limit
        found = ratio(values[OURS], values.get(self.against))
        return None if found is None else found <= self.limit


@dataclasses.dataclass(frozen=True)
class Metric:
    unit: str
    goals: tuple = ()
    better: str = "less"
    judged: bool = True  # by --compare; not what a shared machine makes of the slowest request of a hundred


@dataclasses.dataclass
class Result:
    """One metric of one load: `values` has a list for each peer, by rounds."""

    load: str
    label: str
    metric: Metric
    values: dict

    def dump(self):
        goals = [{"text": goal.text(), "limit": goal.limit, "against": goal.against, "met": goal.met(self.values)}
                 for goal in self.metric.goals]
        return {"load": self.load, "label": self.label, "unit": self.metric.unit, "better": self.metric.better,
                "values": self.values, "goals": goals}


def load(raw):
    """The reverse of dump()."""
    goals = tuple(Goal(one["limit"], one["against"]) for one in raw["goals"])
    return Result(raw["load"], raw["label"], Metric(raw["unit"], goals, raw["better"]), raw["values"])
