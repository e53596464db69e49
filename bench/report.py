"""The figures as text. Only the ratios mean anything on a shared machine."""

from result import OURS
from statistic import median, ratio


def number(value):
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def figure(values):
    return f"{number(median(values))} [{number(min(values))} .. {number(max(values))}]"


def _mark(met):
    return {True: "met", False: "MISSED", None: "not measured"}[met]


def line(result):
    """One metric: ours, then each peer with the ratio ours/peer and the goals that it is the measure of."""
    values, goals = result.values, result.metric.goals
    parts = []
    for name, found in values.items():
        text = f"{name} {figure(found)}" if found else f"{name} failed"
        if name != OURS and (by := ratio(values.get(OURS), found)) is not None:
            text += f" ratio {by:.2f}"
        own = [goal for goal in goals if goal.against == (None if name == OURS else name)]
        text += "".join(f" ({goal.text()}: {_mark(goal.met(values))})" for goal in own)
        parts.append(text)
    return f"  {result.metric.unit:22} " + " | ".join(parts)


def title(load, label):
    return f"{load}: {label}"


def missed(results):
    """One line for each goal that is not met."""
    out = []
    for one in results:
        for goal in one.metric.goals:
            if goal.met(one.values) is False:
                found = ratio(one.values[OURS], one.values[goal.against]) if goal.against \
                    else median(one.values[OURS])
                out.append(f"{title(one.load, one.label)}, {one.metric.unit}: {number(found)} (goal {goal.text()})")
    return out


def summary(results):
    checked = [goal.met(one.values) for one in results for goal in one.metric.goals]
    lines = [f"goals: {checked.count(True)} met, {checked.count(False)} missed, {checked.count(None)} not measured"]
    return "\n".join(lines + [f"  missed: {text}" for text in missed(results)])


def verdict_line(result, verdict):
    """Of --compare."""
    what = f"{title(result.load, result.label)}, {result.metric.unit}"
    if verdict is None:
        return f"  {what}: nothing to compare"
    how = "WORSE" if verdict.worse else "better" if verdict.better else "same"
    return f"  {how:6} {verdict.quotient:.3f} [{verdict.low:.3f} .. {verdict.high:.3f}]  {what}"
