"""Thousands of idle sessions, all lost at once: the client must make new ones without a storm."""

import time

import relays
from helper import Helper
from namespaces import SERVER
from traffic import Plan
from world import BEHIND, PORT, World

_IN_FLIGHT = 32  # handshakes of sessions made ahead of use, per outbound
_SYN = f"tcp dport {PORT} tcp flags & (syn | ack) == syn counter"


def _wait(world, sessions, seconds):
    deadline = time.monotonic() + seconds
    while (now := len(world.flows())) < sessions:
        if time.monotonic() > deadline:
            raise AssertionError(f"{now} of {sessions} sessions after {seconds} s")
        time.sleep(0.1)
    return now


def _serves(world, result):
    """Requests are served in the middle of it."""
    world.load.start(Plan(requests=16, spread=0.5, kinds=("small", "post")))
    records = world.load.finish()
    result.requests = len(records)
    result.failed = sum(one.outcome != "ok" for one in records)
    result.stall = max((to - since for one in records for _, since, to in one.waits), default=0.0)


def without_rate(stage, result, scale):
    """The server ends, the port refuses for a while, then it is back behind a path on which a handshake takes 0.6 s, so
    that those in flight can be counted."""
    if result.client != "ours":
        result.skipped = "this client makes no sessions ahead of use"
        return result
    world = World(stage, result.client, result.server,
                  pool={"ensure_idle_session": scale.sessions, "min_idle_session": scale.sessions})
    result.warm = _wait(world, scale.sessions, 20 + scale.sessions / 50)
    world.network.filter(_SYN)
    world.server.send(9)
    world.server.wait()
    time.sleep(2)
    refused = world.network.filtered()[0]
    world.start_server(BEHIND)
    relay = stage.keep(Helper(world.network.server, lambda: relays.Relay((SERVER, PORT), (SERVER, BEHIND), 0.3)))
    time.sleep(5)
    _serves(world, result)
    counts = relay.counts()
    most, allowed = counts["most in handshake"], _IN_FLIGHT + 8  # the requests may bring their own
    result.hit = (f"{result.warm} sessions lost; {refused} attempts in 2 s without a server; then "
                  f"{counts['accepted']} connections in 5.5 s, at most {most} in handshake")
    if most > allowed:
        result.problems.append(f"{most} handshakes in flight, allowed are {allowed}")
    if refused > 2 * _IN_FLIGHT:
        result.problems.append(f"{refused} attempts in 2 s while nobody listened")
    if counts["accepted"] < 8:
        result.problems.append("the pool does not fill again")
    return result


def with_rate(stage, result, scale, cycle=1.0, rate=3, cycles=6):
    """The sessions are made by requests in parallel: at this rate the pool would take long. Then all are reset."""
    if result.client != "ours":
        result.skipped = "this client makes no sessions ahead of use"
        return result
    sessions = min(scale.sessions, 4000)  # each needs two descriptors in the client while they are made
    world = World(stage, result.client, result.server,
                  pool={"ensure_idle_session": sessions, "min_idle_session": sessions,
                        "ensure_idle_session_create_rate": rate,
                        "idle_session_check_interval": f"{cycle * 1000:.0f}ms"})
    world.load.hold(sessions, None, True)
    result.warm = _wait(world, sessions, 20 + sessions / 50)
    world.target.hang_up()
    time.sleep(1)
    world.load.release()
    time.sleep(1)
    world.network.filter(_SYN)
    world.network.kill_flows(world.network.server, f"( sport = :{PORT} )")
    made = []
    for _ in range(cycles):
        before = world.network.filtered()[0]
        time.sleep(cycle)
        made.append(world.network.filtered()[0] - before)
    result.hit = f"{result.warm} sessions lost; made in the cycles after it: {' '.join(map(str, made))}"
    # Our seconds are not its cycles: one more cycle may begin in them.
    if sum(made) > rate * (cycles + 1) or max(made) > 2 * rate:
        result.problems.append(f"more than {rate} a cycle")
    if not sum(made[2:]):
        result.problems.append("the pool does not fill again")
    _serves(world, result)
    return result
