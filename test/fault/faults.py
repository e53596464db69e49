"""The catalogue. A fault strikes a running World, heals what is to be healed, and says when the server could not be
reached and how many flows it has hit. The rows and the soak use the same ones."""

import dataclasses
import signal
import time
from collections.abc import Callable

from world import PORT

UP, DOWN = f"tcp dport {PORT}", f"tcp sport {PORT}"


@dataclasses.dataclass
class Struck:
    begin: float  # of the outage, seconds of the monotonic clock
    end: float
    hit: Callable[[], int]  # asked at the end of the row; 0 = the fault has missed
    how: str
    blind: bool = False  # the client could not notice anything before the end of the outage
    in_force: float | None = None  # when it was complete, if not at `begin`: nft and ip take some milliseconds


def _now():
    return time.monotonic()


def _gone(world, before):
    """How many of the flows have gone from the server by now."""
    return lambda: len(before - world.flows())


def _at_once(begin, hit, how):
    """No outage: new connections pass all the time."""
    now = _now()
    return Struck(begin, now, hit, how, in_force=now)


def _old_ports(world):
    ports = world.network.next_generation()
    return f"{UP} tcp sport {ports}", f"{DOWN} tcp dport {ports}"


def nothing(world):
    return _at_once(_now(), lambda: 1, "")


def kill_server(world, down):
    """kill -9; the port refuses until it is back."""
    before, begin = world.flows(), _now()
    world.server.send(signal.SIGKILL)
    world.server.wait()
    time.sleep(down)
    world.start_server()
    return Struck(begin, _now(), _gone(world, before), "flows ended")


def reset_flows(world):
    """A RST to both ends of every flow, now."""
    before, begin = world.flows(), _now()
    world.network.kill_flows(world.network.server, f"( sport = :{PORT} )")
    return _at_once(begin, _gone(world, before), "flows reset")


def reset_on_use(world):
    """A firewall has lost its state: whoever sends on an old flow is answered with a RST, either way."""
    begin = _now()
    world.network.filter(*(f"{rule} counter reject with tcp reset" for rule in _old_ports(world)))
    return _at_once(begin, lambda: sum(world.network.filtered()), "packets answered with RST")


def forget_flows(world):
    """A NAT has lost its state: old flows are dropped without a word, new ones pass."""
    begin = _now()
    world.network.filter(*(f"{rule} counter drop" for rule in _old_ports(world)))
    return _at_once(begin, lambda: sum(world.network.filtered()), "packets dropped")


def forget_quiet_flows(world, quiet):
    """The same while nothing has passed for a while, as NATs do: the client has no fresh session."""
    world.load.pause()
    time.sleep(quiet)
    struck = forget_flows(world)
    world.load.resume()
    return struck


def black_hole(world, uplink, seconds):
    """One direction is lost for a while, of old and new flows."""
    begin = _now()
    world.network.filter(f"{UP if uplink else DOWN} counter drop")
    in_force = _now()
    time.sleep(seconds)
    dropped = sum(world.network.filtered())
    world.network.filter()
    return Struck(begin, _now(), lambda: dropped, "packets dropped", in_force=in_force)


def freeze_server(world, seconds):
    """SIGSTOP: its kernel goes on acknowledging."""
    frozen, begin = len(world.flows()), _now()
    world.server.send(signal.SIGSTOP)
    time.sleep(seconds)
    stands = world.server.stopped()
    world.server.send(signal.SIGCONT)
    return Struck(begin, _now(), lambda: stands and frozen, "flows frozen")


def sleep_client(world, seconds):
    """The machine sleeps, the applications too; meanwhile the NAT forgets."""
    world.load.pause()
    begin = _now()
    for one in (world.client, world.server):
        one.send(signal.SIGSTOP)
    world.network.filter(*(f"{rule} counter drop" for rule in _old_ports(world)))
    time.sleep(seconds)
    for one in (world.client, world.server):
        one.send(signal.SIGCONT)
    end = _now()
    world.load.resume()
    return Struck(begin, end, lambda: sum(world.network.filtered()), "packets dropped", blind=True)


def jump_clock(world, seconds):
    """CLOCK_BOOTTIME against CLOCK_MONOTONIC, as after a sleep (clock_jump.c), and the NAT forgets."""
    begin = _now()
    world.network.filter(*(f"{rule} counter drop" for rule in _old_ports(world)))
    world.clock_file.write_text(f"{seconds}\n")
    return _at_once(begin, lambda: sum(world.network.filtered()), "packets dropped")


def change_address(world):
    """The only interface gets another address: what was sent from the old one cannot leave any more."""
    before, begin = world.flows(), _now()
    world.network.change_client_address()
    return _at_once(begin, lambda: len(before), "flows from the old address")


def change_route(world):
    """From one interface to another, as from Wi-Fi to a mobile network."""
    before, begin = world.flows(), _now()
    world.network.client.run("ip", "-batch", "-", stdin="""link set eth0 down
route replace default via 10.77.5.1
""")
    return _at_once(begin, lambda: len(before), "flows from the old address")


def reboot_server(world, down):
    """Its host forgets everything while nothing passes, and answers old flows with RST when it is back."""
    before, begin = world.flows(), _now()
    world.network.filter(f"{UP} drop", f"{DOWN} drop")
    in_force = _now()
    world.server.send(signal.SIGKILL)
    world.server.wait()
    time.sleep(down)
    world.network.kill_flows(world.network.server, f"( sport = :{PORT} )")  # of what the kill left half closed
    world.start_server()
    world.network.filter()
    return Struck(begin, _now(), _gone(world, before), "flows forgotten", in_force=in_force)
