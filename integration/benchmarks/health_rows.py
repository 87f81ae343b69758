"""What health checks cost, and how soon a death is acted upon, on a real table beside keepalived."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from announcing import announcing, withdrawing
from bed import Bed
from nlmon import Write, WriteCounter
from report import Row, Samples, faster, within
from rows import Bench, Running
from rules import Checks, Table
from sampler import tcp_count
from shell import Failed, network_namespace, read, wait_until

KEEPALIVED = "keepalived"
# First checks are spread over an interval, and what a start leaves behind is given back.
SETTLE_SECONDS = 5.0
# An emulated machine takes its time for ten thousand first checks.
START_SECONDS = 240.0
# Past what is learnt of a server that has come back: its idle connection stands again.
REST_SECONDS = 1.0
# What is sooner than this is seen by the monitor, and looked for in the table afterwards.
BLIND_SECONDS = 0.2
# One server's death is asked of both at a relaxed interval, keepalived's as short as it goes.
WATCHED = Checks(every=5, timeout=2, sentinel=True)
FASTEST = Checks(every=1, timeout=1)


@dataclass(frozen=True)
class Size:
    """How many checks a second, how many deaths."""

    rates: tuple[int, ...]
    http_rate: int
    span: float
    deaths: int
    routes: int
    lost: Table


FULL = Size(rates=(1000, 10_000), http_rate=1000, span=20.0, deaths=31, routes=7,
            lost=Table(50, 100))
# Says only that everything still runs.
QUICK = Size(rates=(50,), http_rate=50, span=2.0, deaths=2, routes=2, lost=Table(4, 25))


class HealthBench:
    """Rows about checks; the programs under test are those of the other rows."""

    def __init__(self, bench: Bench, size: Size) -> None:
        self.bench, self.size = bench, size
        self.say = bench.say

    # -- what a check costs --------------------------------------------------------------------

    def cost(self) -> list[Row]:
        """CPU for one check, all processes of a daemon together, as often as it was really done."""
        rows = [self._cost("tcp", rate) for rate in self.size.rates]
        return [*rows, self._cost("http", self.size.http_rate)]

    def _cost(self, kind: str, rate: int) -> Row:
        table = Table(rate // 10, 10)
        costs, done = {}, {}
        for name in ("penstock", KEEPALIVED):
            costs[name], done[name] = self._checks(name, table, Checks(kind, every=1, timeout=1))
        return within(
            f"CPU per {kind.upper()} check, {rate:,}/s wanted,"
            f" {done['penstock']:,.0f} and {done[KEEPALIVED]:,.0f} done",
            costs["penstock"], KEEPALIVED, costs[KEEPALIVED], 1,
        )

    def _checks(self, name: str, table: Table, checks: Checks) -> tuple[Samples, float]:
        """Seconds of CPU for a check, three times, and checks a second over all of it."""
        options = ("--hang-up",) if checks.kind == "tcp" else ()
        costs, began, first = Samples(), 0.0, 0
        with Running(self.bench, table, name, checks, options) as daemon:
            took = daemon.full()
            time.sleep(SETTLE_SECONDS)
            for _ in range(3):
                at, cpu, count = time.monotonic(), daemon.cpu(), opened(daemon.where)
                began, first = began or at, first or count
                time.sleep(self.size.span)
                costs.add((daemon.cpu() - cpu) / max(1, opened(daemon.where) - count))
            rate = (opened(daemon.where) - first) / (time.monotonic() - began)
        self.say(f"{name} {checks.kind} {table}: {costs} each, {rate:,.0f}/s, full after {took:.1f} s")
        return costs, rate

    # -- one server dies -----------------------------------------------------------------------

    def crash(self) -> list[Row]:
        """From `kill -9` of a real server to its weight 0 in the kernel."""
        table = Table(1, 8)
        ours = self._deaths("penstock", table, WATCHED)
        theirs = self._deaths(KEEPALIVED, table, FASTEST)
        return [faster(
            f"real server killed to weight 0, sentinel and a check every {WATCHED.every} s,"
            f" {KEEPALIVED} every {FASTEST.every} s",
            ours, KEEPALIVED, theirs, 20,
        )]

    def _deaths(self, name: str, table: Table, checks: Checks) -> Samples:
        took = Samples()
        addresses = [table.server(0, number) for number in range(table.servers)]
        with Running(self.bench, table, name, checks, alike=False) as daemon:
            for address in addresses:
                daemon.servers.start(address)
            weigh(daemon.where, table.servers)
            counter = WriteCounter(daemon.where.path)
            for number in range(self.size.deaths):
                # Whatever the phase of its checks, every moment of it is as likely.
                time.sleep(REST_SECONDS + random.uniform(0, 1))
                killed = time.monotonic()
                daemon.servers.kill(addresses[number % len(addresses)])
                # Until then the monitor alone watches: a look at the table takes processor time
                # from whoever is measured.
                time.sleep(BLIND_SECONDS)
                weigh(daemon.where, table.servers - 1)
                took.add(first(counter, killed).at - killed)
                daemon.servers.start(addresses[number % len(addresses)])
                weigh(daemon.where, table.servers)
        self.say(f"{name}: weight 0 after {took}")
        return took

    # -- the last server dies ------------------------------------------------------------------

    def route(self) -> list[Row]:
        """From `kill -9` of the last real server to its VIP's route gone from the router's kernel:
        Penstock speaks to bgpd, keepalived runs a script with vtysh."""
        took = {}
        for name, checks in (("penstock", WATCHED), (KEEPALIVED, FASTEST)):
            took[name] = Samples()
            with announcing(self.bench.penstock, name, checks) as on:
                for _ in range(self.size.routes):
                    on.settled()
                    time.sleep(REST_SECONDS + random.uniform(0, 1))
                    took[name].add(on.kill())
                    on.revive()
            self.say(f"{name}: route gone after {took[name]}")
        return [faster(
            "last real server killed to route gone, sentinel, keepalived's `quorum_down` by vtysh",
            took["penstock"], KEEPALIVED, took[KEEPALIVED], 1,
        )]

    # -- many servers die ----------------------------------------------------------------------

    def lost(self) -> list[Row]:
        """All real servers of many services die in one moment, and the routes of their VIPs go."""
        table = self.size.lost
        checks = Checks(every=10, timeout=5, sentinel=True)
        with withdrawing(self.bench.penstock, table, checks) as on:
            weigh(on.where, table.destinations, START_SECONDS)
            wait_until("every sentinel to watch", lambda: (
                established(on.where) >= table.destinations,
                f"{established(on.where)} connections"), START_SECONDS, every=1)
            on.announced(START_SECONDS)
            counter = WriteCounter(on.where.path)
            killed = time.monotonic()
            on.servers.kill()
            # Seldom, since each look takes processor time from whoever is measured.
            weigh(on.where, 0, START_SECONDS, every=1.0)
            writes = counter.since(killed)
            demand_each_once(writes, table)
            routes = on.withdrawn(killed, START_SECONDS)
        detected, last = writes[0].at - killed, writes[-1].at - killed
        sends = len({write.at for write in writes})
        self.say(f"lost {table}: first after {detected:.2f} s, all after {last:.2f} s,"
                 f" {sends} sends, routes gone after {routes:.2f} s")
        return [Row(
            f"{table.destinations:,} real servers killed at once, to the last weight 0",
            f"{last:.2f} s", "-",
            f"{last - detected:.2f} s from the first to the last, {sends} sends, each written once",
            "≤ 1 s after the first", last - detected <= 1,
        ), Row(
            f"the same, to the last of {len(on.addresses)} routes gone",
            f"{routes:.2f} s", "-", "each changed once", "≤ 1 change", True,
        )]


def opened(where: Bed) -> int:
    """TCP connections that were opened there."""
    return tcp_count(where.path, "ActiveOpens")


def established(where: Bed) -> int:
    """TCP connections that stand, in a namespace."""
    with network_namespace(where.path):
        lines = read("/proc/thread-self/net/tcp").splitlines()[1:]
    return sum(line.split()[3] == "01" for line in lines)


def weights(where: Bed) -> int:
    """How many real servers of a namespace's table have a weight."""
    return sum(
        line.split()[3] != "0" for line in where.table().splitlines()
        if line.startswith("  ->") and not line.startswith("  -> Remote")
    )


def weigh(where: Bed, count: int, deadline: float = 60.0, every: float = 0.02) -> None:
    """Waits until so many real servers have a weight."""
    def look() -> tuple[bool, str]:
        seen = weights(where)
        return seen == count, f"{seen} have one"

    wait_until(f"{count} real servers to have a weight", look, deadline, every=every)


def first(counter: WriteCounter, since: float) -> Write:
    """The first change to a real server since a moment."""
    for write in counter.since(since):
        if write.command == "SET_DEST":
            return write
    raise Failed("a weight has changed, and no write was seen")


def demand_each_once(writes: list[Write], table: Table) -> None:
    """Demands one write for each real server, and no other."""
    commands = [write.command for write in writes]
    if commands != ["SET_DEST"] * table.destinations:
        raise Failed(f"{len(commands)} writes for {table.destinations} real servers:"
                     f" {sorted(set(commands))}")
