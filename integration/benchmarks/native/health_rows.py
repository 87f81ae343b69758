"""What Penstock's checks cost and how late they start at rates that an emulated machine does not
reach, and how soon a killed server is acted upon: natively, its table in memory."""

from __future__ import annotations

import calendar
import json
import os
import random
import re
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from daemons import Penstock
from machines import LOGS, Machine
from report import Row, Samples
from sampler import family_cpu, tcp_count
from shell import Failed, network_namespace, read, wait_until
from worker import Program

# What all real servers lie in; this host itself answers for them, over the loopback.
SERVERS = "10.99.0.0/16"
TRAFFIC = os.environ.get("LAB_TRAFFIC", "")
# A VIP's service has so many real servers.
SERVERS_PER_SERVICE = 100
SETTLE_SECONDS = 8.0
REST_SECONDS = 0.5
LIMIT_SECONDS = 60.0
STORM_SECONDS = 3.0
# The issue of a check that is late is not that it is late once.
QUANTILE = 0.99


@dataclass(frozen=True)
class Size:
    rates: tuple[tuple[str, int], ...]
    span: float
    deaths: int
    lost: int


FULL = Size((("tcp", 1000), ("tcp", 10_000), ("http", 1000)), span=20.0, deaths=100, lost=5000)
# Says only that everything still runs.
QUICK = Size((("tcp", 100),), span=2.0, deaths=3, lost=100)


class HealthBench:
    """Rows about checks alone."""

    def __init__(self, penstock: str, size: Size, say: Callable[[str], None]) -> None:
        self.penstock, self.size, self.say = penstock, size, say

    def cost(self) -> list[Row]:
        """CPU for one check, and how late checks start, at rates one core has to hold."""
        rows = []
        for kind, rate in self.size.rates:
            check = f"{{ type: {kind}, port: 80, every: 1s, timeout: 1s, rise: 1, fall: 3 }}"
            with machine(f"{kind}-{rate}") as on:
                options = ("--hang-up",) if kind == "tcp" else ()
                server = Program(on.path, TRAFFIC, "server", "all", *options)
                server.say("up")
                daemon = Penstock(self.penstock, on, configuration(addresses(rate), check))
                try:
                    rows += self._cost(kind, rate, on, daemon)
                finally:
                    daemon.stop()
                    server.kill()
        return rows

    def _cost(self, kind: str, rate: int, on: Machine, daemon: Penstock) -> list[Row]:
        time.sleep(SETTLE_SECONDS)
        before, cpu, count, at = lags(daemon), family_cpu(daemon.process.pid), opened(on), now()
        time.sleep(self.size.span)
        spent, done = family_cpu(daemon.process.pid) - cpu, opened(on) - count
        seconds = now() - at
        late = quantile(before, lags(daemon), QUANTILE)
        self.say(f"{kind} {rate:,}/s: {done / seconds:,.0f}/s, {spent / max(1, done) * 1e6:.0f} µs"
                 f" each, {spent / seconds:.0%} of a core, p99 {late * 1e3:g} ms late")
        if done < 0.95 * rate * seconds:
            self.say(f"only {done / seconds:,.0f} of {rate:,} checks a second were done")
        return [
            Row(f"CPU per {kind.upper()} check at {rate:,}/s", f"{spent / max(1, done) * 1e6:.0f} µs",
                "-", f"{done / seconds:,.0f}/s done, {spent / seconds:.0%} of a core"),
            Row(f"start of {kind.upper()} checks behind their plan at {rate:,}/s, p99",
                f"≤ {late * 1e3:g} ms", "-", "-", "< 10 ms, all of them done",
                late <= 0.010 and done >= 0.95 * rate * seconds),
        ]

    def crash(self) -> list[Row]:
        """From `kill -9` of a real server to its weight 0, by Penstock's log."""
        # So many that each is back, with its next regular check, before it is its turn again.
        servers = addresses(16)
        check = ("{ type: tcp, port: 80, every: 5s, timeout: 2s, fast-every: 500ms, rise: 1,"
                 " fall: 3, sentinel: true }")
        took = Samples()
        with machine("crash") as on:
            alive = {address: serve(on, address) for address in servers}
            daemon = Penstock(self.penstock, on, configuration(servers, check))
            try:
                for address in servers:
                    said(daemon, 0, rf"{re.escape(address)}:80 is up")
                back: dict[str, int] = {}
                for number in range(self.size.deaths):
                    address = servers[number % len(servers)]
                    if address in back:
                        said(daemon, back[address], rf"{re.escape(address)}:80 is up")
                    # Its idle connection has to stand again, and any phase is as likely.
                    time.sleep(REST_SECONDS + random.uniform(0, 0.5))
                    offset, killed = size_of(daemon), time.time()
                    alive[address].kill()
                    took.add(said(daemon, offset,
                                  rf"update {re.escape(address)}:80 of .*weight 0\)") - killed)
                    back[address] = size_of(daemon)
                    alive[address] = serve(on, address)
            finally:
                daemon.stop()
                for each in alive.values():
                    each.kill()
        worst = statistics.quantiles(took.values, n=100)[98] if len(took.values) > 1 else took.median
        self.say(f"killed to weight 0: {took}, p99 {worst * 1e3:.1f} ms of {len(took.values)}")
        return [Row(
            "real server killed to weight 0, sentinel, a check every 5 s, table in memory",
            str(took), "-", f"p99 {worst * 1e3:.1f} ms of {len(took.values)}", "p99 ≤ 20 ms",
            worst <= 0.020,
        )]

    def lost(self) -> list[Row]:
        """Many real servers die in one moment: to the last weight 0, by Penstock's log."""
        servers = addresses(self.size.lost)
        check = ("{ type: tcp, port: 80, every: 10s, timeout: 5s, fast-every: 500ms, rise: 1,"
                 " fall: 3, sentinel: true }")
        with machine("lost") as on:
            server = Program(on.path, TRAFFIC, "server", "all")
            server.say("up")
            daemon = Penstock(self.penstock, on, configuration(servers, check))
            try:
                wait_until("every sentinel to watch", lambda: (
                    established(on) >= len(servers), f"{established(on)} connections"),
                    LIMIT_SECONDS, every=0.5)
                time.sleep(SETTLE_SECONDS)
                offset, killed = size_of(daemon), time.time()
                server.kill()
                # To read its log takes processor time from whoever is measured.
                time.sleep(STORM_SECONDS)
                wait_until(f"{len(servers)} weights 0", lambda: (
                    (count := sum(zeroed(daemon, offset).values())) >= len(servers), count),
                    LIMIT_SECONDS, every=0.5)
                sends = zeroed(daemon, offset)
            finally:
                daemon.stop()
                server.kill()
        if sum(sends.values()) != len(servers):
            raise Failed(f"{sum(sends.values())} changes for {len(servers)} servers")
        first, last = min(sends), max(sends)
        self.say(f"lost {len(servers):,}: first weight 0 after {first - killed:.2f} s, last after"
                 f" {last - killed:.2f} s, {len(sends)} sends")
        return [Row(
            f"{len(servers):,} real servers killed at once, to the last weight 0, table in memory",
            f"{last - killed:.2f} s", "-",
            f"{last - first:.2f} s from the first to the last, {len(sends)} sends, each written"
            " once", "≤ 1 s after the first", last - first <= 1,
        )]


def now() -> float:
    return time.monotonic()


@contextmanager
def machine(name: str) -> Iterator[Machine]:
    """A director whose real servers are on its own loopback; its log is called after it."""
    made = Machine(name)
    try:
        made.add_vip_link()
        made.ip(f"route add local {SERVERS} dev lo")
        yield made
    finally:
        made.remove()


def addresses(count: int) -> list[str]:
    return [f"10.99.{number // 250}.{number % 250 + 1}" for number in range(count)]


def configuration(servers: list[str], check: str) -> str:
    lines = [
        "version: 1",
        "control: { socket: $HOME/control.sock, http: off }",
        "bgp: { asn: 65001, owned-prefixes: [203.0.113.0/24], vty-socket: $VTY }",
        "ipvs: { sysctl: ignore }",
        f"checks: {{ alive: {check} }}",
        "vips:",
    ]
    for number, first in enumerate(range(0, len(servers), SERVERS_PER_SERVICE), start=1):
        backends = ", ".join(servers[first : first + SERVERS_PER_SERVICE])
        lines.append(
            f"  - {{ name: v{number}, address: 203.0.113.{number}, advertise: {{ hold-up: 0s }},"
            f" services: [{{ name: a, listen: 80/tcp, checks: [alive], backends: [{backends}] }}] }}"
        )
    return "\n".join(lines) + "\n"


def serve(on: Machine, address: str) -> Program:
    """A real server that is a process of its own and lets a connection wait."""
    program = Program(on.path, TRAFFIC, "server", address, "--at", address)
    program.say("up")
    return program


def opened(on: Machine) -> int:
    """TCP connections that were opened there."""
    return tcp_count(on.path, "ActiveOpens")


def established(on: Machine) -> int:
    """TCP connections that stand there, each end of them counted: all servers have one port."""
    with network_namespace(on.path):
        lines = read("/proc/thread-self/net/tcp").splitlines()[1:]
    return sum(line.split()[3] == "01" for line in lines) // 2


def zeroed(daemon: Penstock, offset: int) -> dict[float, int]:
    """How many changes to the table the log tells of since an offset, by when."""
    sends: dict[float, int] = {}
    for at, text in told(daemon, offset):
        # A handful are told one by one, more in one line.
        many = re.fullmatch(r"(\d+) changes to IPVS", text)
        if many or re.fullmatch(r"update \S+:80 of .*weight 0\)", text):
            sends[at] = sends.get(at, 0) + (int(many[1]) if many else 1)
    return sends


def lags(daemon: Penstock) -> dict[float, float]:
    """How many checks started no later behind their plan than so many seconds, ever."""
    name = "penstock_check_schedule_lag_seconds_bucket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        connection.connect(f"{daemon.home}/control.sock")
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    found = re.findall(rf'^{name}{{.*le="([^"]+)".*}} (\S+)$', answer, re.MULTILINE)
    if not found:
        raise Failed(f"there is no {name} among the metrics")
    return {float(bound): float(count) for bound, count in found}


def quantile(before: dict[float, float], after: dict[float, float], share: float) -> float:
    """The least bound that so large a share of what came between stays within."""
    counts = {bound: after[bound] - before.get(bound, 0) for bound in sorted(after)}
    total = counts[max(counts)]
    return next(bound for bound, count in counts.items() if count >= share * total)


def size_of(daemon: Penstock) -> int:
    return os.path.getsize(f"{LOGS}/{daemon.log}")


def told(daemon: Penstock, offset: int) -> Iterator[tuple[float, str]]:
    """What Penstock's log says since an offset, with when by the wall clock."""
    with open(f"{LOGS}/{daemon.log}", "rb") as file:
        file.seek(offset)
        for line in file.read().decode(errors="replace").splitlines():
            if line.startswith("{") and line.endswith("}"):
                parsed = json.loads(line)
                yield stamp(parsed["ts"]), parsed["msg"]


def said(daemon: Penstock, offset: int, pattern: str) -> float:
    """When Penstock's log first said something after an offset."""
    def look() -> tuple[bool, float]:
        for at, text in told(daemon, offset):
            if re.match(pattern, text) and "failed" not in text:
                return True, at
        return False, 0.0

    return wait_until(f"the log to say {pattern}", look, LIMIT_SECONDS, every=0.01)


def stamp(text: str) -> float:
    """Seconds of an RFC 3339 time in UTC."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float(f"0.{fraction or 0}")
