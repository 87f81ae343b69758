"""What the router's kernel does with a VIP while a director's FRR restarts, and when the director
is gone for good: each configuration beside the one of `examples/`, which loses nothing.

Two directors announce one VIP together, and one of them announces another alone. What is counted is
for how long the router had no route through that director, and how many of a client's datagrams to
its own VIP were not answered. Both have to be seen to fail where the protection is taken away.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from daemons import Penstock, configuration
from machines import Machine, Switch, established, remove_all
from report import Samples
from shell import Failed, network_namespace, read, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
WORKER = os.path.join(HERE, "stream_worker.py")
EXAMPLES = os.path.join(HERE, "..", "..", "..", "examples")
SHARED, SOLE = "203.0.113.10", "203.0.113.20"
SERVER = "10.0.0.21"
FIRST = "10.0.0.11"
# How long a daemon is away before it is started again; watchfrr needs about as long.
AWAY_SECONDS = 1.0
# The example's restart time and the hold time, and some.
STALE_SECONDS = 60.0
CHECK = "{ type: tcp, port: 80, every: 1s, timeout: 1s, rise: 1, fall: 3 }"
NETWORK, KERNEL_ROUTE = "frr-director.conf", "frr-director-kernel-route.conf"

Edit = tuple[str, str]

GR_OFF: tuple[Edit, ...] = (
    (" bgp graceful-restart\n", ""), (" bgp graceful-restart preserve-fw-state\n", ""),
    (" bgp graceful-restart restart-time 30\n", ""),
)
NO_F_BIT: tuple[Edit, ...] = ((" bgp graceful-restart preserve-fw-state\n", ""),)
BFD_OF_BGPD: tuple[Edit, ...] = (
    (" peer 10.0.0.1\n exit\n", ""), (" peer 2001:db8:a::1\n exit\n", ""),
    (" neighbor 10.0.0.1 timers connect 1\n",
     " neighbor 10.0.0.1 timers connect 1\n neighbor 10.0.0.1 bfd\n"),
    (" neighbor 2001:db8:a::1 timers connect 1\n",
     " neighbor 2001:db8:a::1 timers connect 1\n neighbor 2001:db8:a::1 bfd\n"),
)


@dataclass(frozen=True)
class Case:
    """One configuration and who announces again after a restart."""

    title: str
    fault: str
    edits: tuple[Edit, ...] = ()
    # `penstock`, or a controller so many seconds after the configuration was loaded.
    announcer: str | float = "penstock"
    # What the first director's FRR is configured with, which goes with Penstock's method.
    example: str = NETWORK
    bfd: bool = True
    # Whether nothing may be lost.
    is_lossless: bool = False


@dataclass
class Outcome:
    """What one run of a case cost, in seconds and datagrams."""

    away: float
    lost: int
    sent: int

    @property
    def is_loss(self) -> bool:
        return self.away > 0 or self.lost > 0


class Scene:
    """A router, two directors, a client and a real server, with the examples' configurations."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.switch = Switch()
        self.router, self.client = Machine("router"), Machine("client")
        self.first, self.second = Machine("director-a"), Machine("director-b")
        self.server = Machine("server")
        self.daemon: Penstock | None = None
        self.daemons = ("zebra", "bfdd", "bgpd") if case.bfd else ("zebra", "bgpd")

    def build(self, penstock: str) -> None:
        """Starts everything, and waits until the router has both VIPs."""
        self._wire()
        self.server.start(sys.executable, WORKER, "serve", SERVER, "80", log="server.out")
        self.router.frr(read(os.path.join(EXAMPLES, "frr-router.conf")), *self.daemons)
        for number, director in ((11, self.first), (12, self.second)):
            director.frr(self._configuration(director, number), *self.daemons)
        wait_until("four sessions", lambda: established(self.router, 4))
        self.truth = self.router.truth()
        self._announce(penstock)
        wait_until("both VIPs at the router", self._announced)
        # A first announcement waits for others to join it; nothing of that may be under way.
        wait_until("quiet", self._quiet)

    def _wire(self) -> None:
        for machine, number in (
            (self.router, 1), (self.first, 11), (self.second, 12), (self.server, 21)
        ):
            self.switch.plug(machine, f"10.0.0.{number}/24")
            machine.ip(f"addr add 2001:db8:a::{number}/64 dev eth0 nodad")
        self.client.ip(
            "link add eth0 type veth peer name client netns router", "link set eth0 up",
            "addr add 192.0.2.10/24 dev eth0", "route add default via 192.0.2.1 onlink dev eth0",
        )
        self.router.ip("link set client up", "addr add 192.0.2.1/24 dev client")
        for director in (self.first, self.second):
            director.ip("route add default via 10.0.0.1")
            director.add_vip_link()
            for vip in (SHARED, SOLE):
                director.start(sys.executable, WORKER, "echo", vip, log=f"{director.name}-echo.out")

    def _configuration(self, director: Machine, number: int) -> str:
        """The example, localised and edited; an edit that finds nothing is an error."""
        example = self.case.example if director is self.first else NETWORK
        text = read(os.path.join(EXAMPLES, example))
        text = text.replace("10.0.0.11", f"10.0.0.{number}")
        for old, new in self.case.edits if director is self.first else ():
            if old not in text:
                raise Failed(f"the example has no {old!r}, which {self.case.title!r} replaces")
            text = text.replace(old, new)
        return text

    def _announce(self, penstock: str) -> None:
        self.second.ip(f"addr add {SHARED}/32 dev vip0")
        self.network(self.second, SHARED)
        if self.case.announcer == "penstock":
            vips = {"shared": SHARED, "sole": SOLE}
            method = "network" if self.case.example == NETWORK else "kernel-route"
            self.daemon = Penstock(
                penstock, self.first, configuration(vips, SERVER, CHECK, method=method))
            return
        self.first.ip(*(f"addr add {vip}/32 dev vip0" for vip in (SHARED, SOLE)))
        self.network(self.first, SHARED, SOLE)

    @staticmethod
    def network(director: Machine, *vips: str) -> None:
        """Announces by hand, as a controller does."""
        director.vty().configure(
            "router bgp 65001", "address-family ipv4 unicast",
            *(f"network {vip}/32" for vip in vips),
        )

    def _announced(self) -> tuple[bool, str]:
        seen = self.truth.nexthops(SHARED), self.truth.nexthops(SOLE)
        return (len(seen[0]), len(seen[1])) == (2, 1), str(seen)

    def _quiet(self) -> tuple[bool, str]:
        last = max((event.at for event in self.truth.events), default=0.0)
        return time.monotonic() > last + 2.0, "routes change"

    def ping(self, seconds: float) -> subprocess.Popen[str]:
        with network_namespace(self.client.path):
            return subprocess.Popen(
                [sys.executable, WORKER, "ping", str(seconds), SHARED, SOLE],
                stdout=subprocess.PIPE, text=True,
            )

    def away(self, vip: str, begin: float, end: float) -> float:
        """For how long the router's kernel had no route through the first director."""
        total, since = 0.0, None
        for event in self.truth.since(begin, vip):
            there = FIRST in event.nexthops and not event.gone
            if there and since is not None:
                total, since = total + event.at - since, None
            elif not there and since is None:
                since = event.at
        return total + (0.0 if since is None else end - since)

    def remove(self) -> None:
        if self.daemon is not None:
            self.daemon.process.kill()
            self.daemon.process.wait()
        remove_all([self.client, self.server, self.first, self.second, self.router, self.switch])


@contextmanager
def scene(case: Case, penstock: str) -> Iterator[Scene]:
    made = Scene(case)
    try:
        made.build(penstock)
        yield made
    finally:
        made.remove()


def restart(case: Case, penstock: str, seconds: float) -> Outcome:
    """Restarts what the case says under a stream of datagrams, and counts."""
    with scene(case, penstock) as on:
        ping = on.ping(seconds)
        time.sleep(0.3)  # The stream runs before anything happens to it.
        begin = time.monotonic()
        FAULTS[case.fault](on)
        if isinstance(case.announcer, float):
            time.sleep(case.announcer)
            on.network(on.first, SHARED, SOLE)
        lines = [json.loads(line) for line in ping.communicate()[0].splitlines()]
        end = time.monotonic()
        wait_until("both VIPs at the router again", on._announced)
        away = max(on.away(vip, begin, end) for vip in (SHARED, SOLE))
        return Outcome(away, lines[1]["lost"], lines[1]["sent"])


def _bgpd_killed(on: Scene) -> None:
    on.first.kill("bgpd")
    _bgpd_back(on)


def _bgpd_killed_alone(on: Scene) -> None:
    """Nobody is there to announce again but FRR itself."""
    assert on.daemon is not None
    on.daemon.process.kill()
    on.daemon.process.wait()
    _bgpd_killed(on)


def _bgpd_stopped(on: Scene) -> None:
    on.first.stop("bgpd")
    _bgpd_back(on)


def _bgpd_back(on: Scene) -> None:
    time.sleep(AWAY_SECONDS)
    on.first.start_daemon("bgpd")
    on.first.load("bgpd")


def _frr_restarted(on: Scene) -> None:
    for daemon in reversed(on.daemons):
        on.first.stop(daemon)
    time.sleep(AWAY_SECONDS)
    for daemon in on.daemons:
        on.first.start_daemon(daemon)
    on.first.vtysh("-b")


def _zebra_killed(on: Scene) -> None:
    on.first.kill("zebra")
    time.sleep(AWAY_SECONDS)
    on.first.start_daemon("zebra")
    on.first.load("zebra")


FAULTS: dict[str, Callable[[Scene], None]] = {
    "bgpd killed": _bgpd_killed, "bgpd killed, no Penstock": _bgpd_killed_alone,
    "bgpd restarted": _bgpd_stopped,
    "all of FRR restarted": _frr_restarted, "zebra killed": _zebra_killed,
}
DEAD = "director dead"


def die(case: Case, penstock: str) -> Outcome:
    """Takes a director's power, and counts how long the router keeps sending to it."""
    with scene(case, penstock) as on:
        ping = on.ping(STALE_SECONDS if not case.bfd else 5.0)
        begin = time.monotonic()
        on.switch.silence(on.first)
        for daemon in on.daemons:
            on.first.kill(daemon)
        wait_until("the route to go", lambda: _gone(on), deadline=STALE_SECONDS, every=0.02)
        last = max(event.at for event in on.truth.since(begin))
        ping.kill()
        ping.communicate()
        return Outcome(last - begin, 0, 0)


def _gone(on: Scene) -> tuple[bool, str]:
    hops = on.truth.nexthops(SHARED) | on.truth.nexthops(SOLE)
    return FIRST not in hops, str(sorted(hops))


KILLED = "bgpd killed"
CASES = (
    Case("graceful restart off", KILLED, GR_OFF),
    Case("graceful restart, no F bit", KILLED, NO_F_BIT),
    Case("with F bit, BFD by bgpd (`neighbor … bfd`)", KILLED, BFD_OF_BGPD),
    Case("with F bit, no BFD", KILLED, bfd=False, is_lossless=True),
    Case("`examples/frr-director.conf`", KILLED, is_lossless=True),
    Case("`examples/frr-director.conf`", "bgpd restarted", is_lossless=True),
    Case("`examples/frr-director.conf`", "all of FRR restarted", is_lossless=True),
    Case("`examples/frr-director.conf`", "zebra killed", is_lossless=True),
    Case("`examples/frr-director.conf`", KILLED, announcer=3.0, is_lossless=True),
    Case("`examples/frr-director.conf`", KILLED, announcer=8.0),
    Case("kernel route, graceful restart off", KILLED, GR_OFF, example=KERNEL_ROUTE),
    Case("kernel route, graceful restart off, Penstock gone", "bgpd killed, no Penstock", GR_OFF,
         example=KERNEL_ROUTE),
    Case(f"`examples/{KERNEL_ROUTE}`", KILLED, example=KERNEL_ROUTE, is_lossless=True),
    Case(f"`examples/{KERNEL_ROUTE}`", "bgpd killed, no Penstock", example=KERNEL_ROUTE,
         is_lossless=True),
    Case(f"`examples/{KERNEL_ROUTE}`", "bgpd restarted", example=KERNEL_ROUTE, is_lossless=True),
    Case(f"`examples/{KERNEL_ROUTE}`", "all of FRR restarted", example=KERNEL_ROUTE),
    Case(f"`examples/{KERNEL_ROUTE}`", "zebra killed", example=KERNEL_ROUTE),
    Case("graceful restart off, no BFD", DEAD, GR_OFF, bfd=False),
    Case("graceful restart off, BFD", DEAD, GR_OFF),
    Case("graceful restart, no BFD", DEAD, bfd=False),
    Case("`examples/frr-director.conf`", DEAD),
)
# One that loses nothing, and its control that does.
QUICK = tuple(case for case in CASES if case.fault == KILLED and case.announcer == "penstock"
              and case.example == NETWORK
              and (case.edits == GR_OFF or (case.bfd and not case.edits)))
WATCH_SECONDS = 13.0
QUICK_WATCH_SECONDS = 8.0
ROUNDS = 2


def measure(penstock: str, quick: bool, say: Callable[[str], None]) -> tuple[str, bool]:
    """Runs the cases, and returns their table and whether what must not be lost was not."""
    good = True
    rows = [("what happens", "director's configuration", "announced again by", "route away",
             "datagrams lost")]
    for case in QUICK if quick else CASES:
        def once(case: Case = case) -> Outcome:
            outcome = (
                die(case, penstock) if case.fault == DEAD
                else restart(case, penstock, QUICK_WATCH_SECONDS if quick else WATCH_SECONDS)
            )
            say(f"{case.fault}, {case.title}: away {outcome.away:.2f} s, lost {outcome.lost}")
            return outcome

        outcomes = [once() for _ in range(1 if quick or case.fault == DEAD else ROUNDS)]
        # A machine that stalls for a second looks like a director without power, so a quick run looks
        # twice before it believes in a loss.
        if quick and case.is_lossless and outcomes[0].is_loss:
            outcomes = [once()]
        rows.append(row(case, outcomes))
        if case.is_lossless and any(outcome.is_loss for outcome in outcomes):
            good = False
            say(f"{case.fault}, {case.title}: it must lose nothing")
        is_control = case.fault == KILLED and case.edits[:len(GR_OFF)] == GR_OFF
        if is_control and not all(outcome.is_loss for outcome in outcomes):
            good = False
            say(f"{case.fault}, {case.title}: the control lost nothing, so nothing was measured")
    return markdown(rows), good


def row(case: Case, outcomes: list[Outcome]) -> tuple[str, ...]:
    if case.fault == DEAD:
        away = f"stale for {Samples([each.away for each in outcomes])}"
    elif all(each.away == 0 for each in outcomes):
        away = "never"
    else:
        away = str(Samples([each.away for each in outcomes]))
    if isinstance(case.announcer, float):
        who = f"a controller, {case.announcer:g} s after the configuration"
    else:
        who = "Penstock" if case.example == NETWORK else "zebra"
    lost = "-" if case.fault == DEAD else (
        f"{max(each.lost for each in outcomes)} of {outcomes[0].sent}")
    return case.fault, case.title, who if case.fault != DEAD else "-", away, lost


def markdown(rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n".join(lines)
