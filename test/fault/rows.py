"""The rows of the fault table: what happens, what is allowed, and what a row demands beside the common goals."""

import dataclasses
import pathlib
import time
from collections.abc import Callable

import anytls
import faults
import many
import relays
from accounting import Result, account
from namespaces import SILENT_TARGET, TARGET
from traffic import Plan
from version_1 import Version1
from world import World


@dataclasses.dataclass(frozen=True)
class Scale:
    """How long and how many. FULL is what the issue asks for, CI the same in less time."""
    requests: int = 200
    down: float = 1.0
    freeze: float = 5.0
    hole: float = 10.0
    sleep: float = 60.0
    idle_close: float = 5.0
    heartbeat: float = 20.0
    sessions: int = 10000
    after: float = 6.0  # requests go on for that long after the fault


FULL = Scale()
CI = Scale(requests=64, down=0.5, freeze=2.5, hole=4.0, sleep=8.0, idle_close=1.5, heartbeat=3.0, sessions=1000,
           after=2.0)
# Under sanitizers everything is slower; the rows that run there look for what they find, not for milliseconds.
SANITIZED = dataclasses.replace(CI, requests=24)
BEFORE = 1.0  # seconds of load before the fault


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    title: str
    bound: float | None
    fault: Callable  # (world, scale) -> Struck
    takes: Callable = lambda scale: 0.0  # seconds of the outage
    shown: Callable | None = None  # the seconds in the table, if not those
    silent: bool = False  # nobody is told that flows are dead: heartbeats find out
    front: Callable | None = None  # (scale) -> relay factory
    stand_in: Callable | None = None
    delay: float = 0.0
    no_cuts: bool = False
    may_refuse: bool = False
    heartbeat: float | None = None
    beside: Callable | None = None  # (world, scale): what else goes on
    check: Callable | None = None  # (world, scale, result): further demands
    own_server: bool = False  # the row brings its own
    alone: Callable | None = None  # (stage, result, scale): not the common course
    needs: Callable | None = None  # () -> why this row cannot run, or None
    silence: float | None = None  # seconds until silence shows, where no heartbeat finds it
    few: bool = False  # each request takes long
    pool: dict | None = None  # options of the client's pool
    resumes_by_itself: bool = False  # what is under way goes on when TCP resends: the bound is for what begins later


def _slow(seconds):
    return lambda scale: lambda listen, to, cert: relays.Relay(listen, to, seconds)


def _closes_idle(scale):
    return lambda listen, to, cert: relays.ClosesIdle(listen, to, scale.idle_close)


def _closes_after_one(scale):
    return relays.ClosesAfterOne


def _closes_at_random(scale):
    return lambda listen, to, cert: relays.ClosesAtRandom(listen, to, every=0.1)


def _while_it_closes(world, scale):
    """The fault is the server's habit: it goes on all the time."""
    before = world.front.counts()["closed by us"]
    world.front.arm()
    return faults.Struck(time.monotonic(), time.monotonic(),
                         lambda: world.front.counts()["closed by us"] - before, "connections closed")


def _none_lost(world, _scale, result):
    counts = world.front.counts() if world.front else None
    log = world.client.log()
    for word in ("heartbeat_timeout", "stream_timeout"):
        if word in log:
            result.problems.append(f"{log.count(word)} sessions lost to {word}")
    if counts and counts["open"] < counts["accepted"]:
        result.problems.append(f"{counts['accepted'] - counts['open']} of {counts['accepted']} sessions were closed")


def _bad_targets(world, _scale):
    """Beside the load: a closed port, a host that does not answer, one that does not exist, one that accepts and says
    nothing."""
    for where in ((TARGET, 9), (SILENT_TARGET, 80), ("10.77.3.77", 80)):
        world.load.hold(8, where)
    world.load.hold(8)


def _bad_targets_hit(world, _scale):
    return faults.Struck(time.monotonic(), time.monotonic(), lambda: world.target.open_connections(),
                         "connections to a target that says nothing")


def exhaust(world, which, seconds):
    """More connections than descriptors for a while; then the crowd goes and the limit is what it was."""
    program = getattr(world, which)
    begin, used = time.monotonic(), program.descriptors()
    world.limit_descriptors(program, used + 40)
    busy = _cpu(program.pid)
    world.load.hold(120)
    most = 0
    while time.monotonic() < begin + seconds:
        most = max(most, program.descriptors())
        time.sleep(0.05)
    world.busy = (_cpu(program.pid) - busy) / seconds
    world.load.release()
    world.limit_descriptors(program, None)
    return faults.Struck(begin, time.monotonic(), lambda: int(most >= used + 38) * most, "descriptors, all it has")


def _not_spinning(which):
    def check(world, _scale, result):
        if not getattr(world, which).alive():
            result.problems.append(f"the {which} has ended")
        if world.busy > 0.7 and getattr(world, f"{which}_kind") == "ours":
            result.problems.append(f"{world.busy:.1f} of a core without descriptors")
    return check


def _cpu(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _no_movable_clock():
    return "a sanitizer must be the first library of a program" if anytls.sanitized() else None


def _rows():
    f = faults
    yield Row("none", "nothing at all: the harness's own noise", 0.1, lambda w, s: f.nothing(w))
    yield Row("killed", "server killed (kill -9) and restarted", 1.0, lambda w, s: f.kill_server(w, s.down),
              lambda s: s.down)
    yield Row("reset", "connections reset by a middlebox, all at once", 0.3, lambda w, s: f.reset_flows(w))
    yield Row("reset-on-use", "firewall answers old flows with RST", 0.3, lambda w, s: f.reset_on_use(w), silent=True)
    yield Row("nat", "NAT forgets all sessions", 0.5, lambda w, s: f.forget_flows(w), silent=True)
    # The last talk ends a second after the pause began; no heartbeat makes a session fresh again.
    yield Row("nat-quiet", "NAT forgets all sessions, none of them fresh", 0.5,
              lambda w, s: f.forget_quiet_flows(w, 2.5), lambda s: 2.5, silent=True, heartbeat=20.0,
              pool={"session_freshness": "1s"})
    yield Row("hole-up", "black hole, uplink only", 1.2, lambda w, s: f.black_hole(w, True, s.hole),
              lambda s: s.hole, silent=True, resumes_by_itself=True)
    yield Row("hole-down", "black hole, downlink only", 1.2, lambda w, s: f.black_hole(w, False, s.hole),
              lambda s: s.hole, silent=True, resumes_by_itself=True)
    yield Row("frozen", "server frozen (SIGSTOP)", 0.5, lambda w, s: f.freeze_server(w, s.freeze), lambda s: s.freeze,
              no_cuts=True)
    yield Row("asleep", "client asleep, flows expired", 0.5, lambda w, s: f.sleep_client(w, s.sleep),
              lambda s: s.sleep, silent=True)
    yield Row("clock-jump", "BOOTTIME jumps, flows expired", 0.5, lambda w, s: f.jump_clock(w, 60), silent=True,
              needs=_no_movable_clock)
    yield Row("address", "address of the client's interface changes", 0.5, lambda w, s: f.change_address(w),
              silent=True)
    yield Row("route", "client's route moves to another interface", 0.5, lambda w, s: f.change_route(w), silent=True)
    yield Row("half-open", "server host rebooted, RST to old flows", 0.3, lambda w, s: f.reboot_server(w, s.down),
              lambda s: s.down, silent=True)
    yield Row("closes-idle", "server closes idle connections", 0.3, _while_it_closes, lambda s: 2 * s.idle_close,
              shown=lambda s: s.idle_close, front=_closes_idle)
    yield Row("closes-after-one", "server closes after 1 request", 0.3, _while_it_closes, front=_closes_after_one)
    yield Row("closes-random", "server closes quiet connections at random", 0.3, _while_it_closes,
              front=_closes_at_random)
    yield Row("version-1", "server of version 1, no fault", 0.5, lambda w, s: f.nothing(w), stand_in=Version1,
              own_server=True, no_cuts=True, check=_none_lost)
    yield Row("version-1-reset", "server of version 1, connections reset", 0.5, lambda w, s: f.reset_flows(w),
              stand_in=Version1, own_server=True)
    yield Row("version-1-nat", "server of version 1, NAT forgets", 0.5, lambda w, s: f.forget_flows(w), silent=True,
              stand_in=Version1, own_server=True, silence=45.0)
    yield Row("slow-300", "slow path: 300 ms more, each way", None, lambda w, s: f.nothing(w), front=_slow(0.3),
              delay=0.3, no_cuts=True, check=_none_lost)
    yield Row("slow-1500", "slow path: 1.5 s more, each way", None, lambda w, s: f.nothing(w), front=_slow(1.5),
              delay=1.5, no_cuts=True, check=_none_lost, few=True)
    yield Row("bad-targets", "targets unreachable or dumb, beside the load", 0.3, _bad_targets_hit,
              beside=_bad_targets, no_cuts=True)
    yield Row("fd-client", "descriptors of the client used up", 1.0, lambda w, s: exhaust(w, "client", 2),
              lambda s: 2, may_refuse=True, check=_not_spinning("client"))
    yield Row("fd-server", "descriptors of the server used up", 1.0, lambda w, s: exhaust(w, "server", 2),
              lambda s: 2, may_refuse=True, check=_not_spinning("server"))
    yield Row("many-lost", "all of many idle sessions lost at once, no rate", None, None, alone=many.without_rate)
    yield Row("many-lost-rate", "the same with a rate of 3 per cycle", None, None, alone=many.with_rate)


ROWS = {row.name: row for row in _rows()}


def _cut_within(row, heartbeat):
    """A close shows at once, silence within heartbeat + deadline; a second more, and one for the steps of timers."""
    silence = row.silence or (heartbeat + min(heartbeat, 10.0) + 1.0 if row.silent else 0.0)
    return silence + anytls.PATIENCE


def not_run(name, client, server, why):
    """A row that did not come to its fault."""
    return Result(name, client, server, ROWS[name].bound, problems=[why])


def run(stage, name, client="ours", server="ours", scale=FULL, pool=None):
    """One row, to its Result. `pool`: options of the client's pool instead of those of the row."""
    row = ROWS[name]
    server = "version 1" if row.own_server else server
    result = Result(row.name, client, server, row.bound, seconds=(row.shown or row.takes)(scale))
    if row.alone:
        return row.alone(stage, result, scale)
    if row.needs and (why := row.needs()):
        result.skipped = why
        return result

    heartbeat = row.heartbeat or scale.heartbeat
    world = World(stage, client, server, front=row.front and row.front(scale), stand_in=row.stand_in,
                  pool={**(row.pool or {}), **(pool or {})}, heartbeat=f"{heartbeat * 1000:.0f}ms")
    usual, result.warm = world.warm_up(delay=row.delay)
    cut_within = _cut_within(row, heartbeat)
    takes = row.takes(scale)
    plan = Plan(requests=scale.requests // (4 if row.few else 1), spread=BEFORE + takes + scale.after, talk_pause=1.0,
                patience=max(25.0, takes + cut_within + 5))
    if row.beside:
        row.beside(world, scale)
    world.load.start(plan)
    time.sleep(BEFORE)
    struck = row.fault(world, scale)
    records = world.load.finish()

    account(result, records, world.target.arrived(), usual, [(struck.begin, struck.end)], cut_within, row.may_refuse,
            struck.blind, struck.in_force, world.cut_sources(), row.resumes_by_itself)
    result.short_at_target = len(world.target.cleanly_short())
    hit = struck.hit()
    result.hit = f"{hit} {struck.how}" if struck.how else ""
    if not hit:
        result.problems.append("the fault has hit nothing")
    if row.no_cuts and result.cut:
        result.problems.append(f"{result.cut} cut")
    if row.check:
        row.check(world, scale, result)
    return result
