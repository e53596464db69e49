"""What the records of the load say: one Result for each row of the fault table.

failed      begun after the fault had struck, the target never saw a byte of it, and it did not get its answer; goal 0.
            Not where the client says that its bytes were in TLS when the session died: it must not send them again
duplicated  its payload reached the target more than once; goal 0
corrupted   an answer that is not the answer, or a part of it with an end that looks right; goal 0
cut         under way when its session died: the target had seen it, or it was begun before the fault, and its payload
            may have been on the wire. The application must see a reset, soon (`late`: it did not)
refused     counted apart only where the fault is a limit and a clean refusal is what is asked for
stall       what a request waited beyond what the same kind waits without a fault, outside of the outage. The longest
            wait counts: up to the first byte of the answer, or a gap in it
recovered   from the end of the outage until the last request that noticed anything was served
"""

import dataclasses
import statistics

NOTICED = 0.1


@dataclasses.dataclass
class Result:
    row: str
    client: str
    server: str
    bound: float | None  # seconds for `stall`; None = no bound
    seconds: float = 0.0  # of the outage
    requests: int = 0
    warm: int = 0  # sessions at the server before the fault
    hit: str = ""  # how the row knows that the fault reached them
    failed: int = 0
    duplicated: int = 0
    corrupted: int = 0
    cut: int = 0
    late: int = 0
    refused: int = 0
    latest_cut: float = 0.0
    stall: float = 0.0
    caught: float = 0.0  # of `stall`, the longest of the requests that were under way when the fault struck
    later: float = 0.0  # and of those that were begun after that
    recovered: float = 0.0
    short_at_target: int = 0  # uploads that ended for the target as if they were whole
    problems: list = dataclasses.field(default_factory=list)  # what else a row demands
    notes: list = dataclasses.field(default_factory=list)  # requests that got no answer
    skipped: str = ""  # why

    def violations(self):
        """In words; empty = the row has reached its goal."""
        out = [f"{count} {name}" for name, count in (("failed", self.failed), ("duplicated", self.duplicated),
                                                     ("corrupted", self.corrupted), ("cut too late", self.late))
               if count]
        if self.bound is not None and self.stall > self.bound:
            out.append(f"a stall of {self.stall * 1000:.0f} ms, allowed are {self.bound * 1000:.0f}")
        return out + self.problems


def baseline(records):
    """Median wait of each kind without a fault."""
    waits = {}
    for record in records:
        for what, begin, end in record.waits:
            waits.setdefault(what, []).append(end - begin)
    return {what: statistics.median(all_of_it) for what, all_of_it in waits.items()}


def _overlap(begin, end, outages):
    return sum(max(0.0, min(end, to) - max(begin, since)) for since, to in outages)


def stall_of(record, usual, outages):
    return max((end - begin - _overlap(begin, end, outages) - usual.get(what, 0.0)
                for what, begin, end in record.waits), default=0.0)


def account(result, records, arrived, usual, outages, cut_within, may_refuse=False, blind=False, in_force=None,
            cut_sources=frozenset(), resumes_by_itself=False):
    """Fills a Result. `outages`: (from, to), the first one's beginning is when the fault struck. `blind`: the client
    could not notice anything before its end. `in_force`: from when on the fault was complete."""
    struck, back = (outages[0][0], outages[-1][1]) if outages else (float("inf"), float("-inf"))
    result.requests = len(records)
    last = back
    for record in records:
        copies = arrived.get(record.ident, 0)
        result.duplicated += copies > 1
        if record.outcome == "ok":
            stall = stall_of(record, usual, outages)
            result.stall = max(result.stall, stall)
            if record.begin < struck:
                result.caught = max(result.caught, stall)
            else:
                result.later = max(result.later, stall)
            if stall > NOTICED:
                last = max(last, *(end for _, _, end in record.waits))
            continue
        last = max(last, record.end)
        result.notes.append(f"{record.kind} {record.ident} {record.outcome} {record.detail}: begun "
                            f"{record.begin - struck:+.3f} s, ended {record.end - struck:+.3f} s, arrived {copies}")
        in_outage = any(since - 0.5 <= record.begin <= to for since, to in outages)
        if record.outcome == "wrong" or (record.outcome == "short" and copies):
            result.corrupted += 1
        elif may_refuse and in_outage and record.outcome != "hung":
            result.refused += 1
        elif not copies and record.begin >= (in_force or struck) and record.source not in cut_sources:
            result.failed += 1
        else:
            result.cut += 1
            took = record.end - max(record.begin, back if blind else struck)
            result.latest_cut = max(result.latest_cut, took)
            result.late += took > cut_within or record.outcome == "hung"
    if resumes_by_itself:
        result.stall = result.later
    result.recovered = max(0.0, last - back) if outages else 0.0
    return result
