"""Cases: registered in order, run one by one on one fabric, each from a steady state."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import ipvs
from director import Director
from fabric import CLIENT4, CLIENT6, SERVERS, SERVICE, VIPS, Fabric, destination
from ledger import RATE, Ledger
from shell import Failed, read, wait_until

BOTH = {"director-a", "director-b"}
# Traffic before and after a disturbance, so that a ledger has something to compare.
CALM_SECONDS = 2.0
LOG_LINES = 40


@dataclass
class Case:
    """One line of the result."""

    title: str
    body: Callable[[Lab], str | None]


CASES: list[Case] = []


def case(title: str) -> Callable[[Callable[[Lab], str | None]], Callable[[Lab], str | None]]:
    """Registers a case; its body may return a remark for the result line."""

    def register(body: Callable[[Lab], str | None]) -> Callable[[Lab], str | None]:
        CASES.append(Case(title, body))
        return body

    return register


def demand(condition: bool, sentence: str) -> None:
    """Fails the case with what was expected and what was seen instead."""
    if not condition:
        raise Failed(sentence)


@dataclass
class Load:
    """A load under way; the ledger is there once it has ended."""

    began: float
    ledger: Ledger = field(default_factory=lambda: Ledger([]))


class Lab:
    """The fabric, the binary under test, and what the cases share."""

    def __init__(
        self, fabric: Fabric, binary: str, tests: str, say: Callable[[str], None]
    ) -> None:
        self.fabric = fabric
        self.binary = binary
        # The package's tests; a few of them need this machine's kernel.
        self.tests = tests
        self.say = say
        self.failed = 0
        self.passed = 0
        self.figures: list[str] = []
        # What was there before Penstock ever ran, to be compared at the end.
        self.foreign = {
            d.name: (d.foreign_services(), d.operator_configuration()) for d in fabric.directors
        }

    @property
    def a(self) -> Director:
        return self.fabric.directors[0]

    @property
    def b(self) -> Director:
        return self.fabric.directors[1]

    # -- states --------------------------------------------------------------------------------

    def steady(self) -> None:
        """All servers answer, Penstock runs on both directors, both attract both VIPs."""
        for server in self.fabric.servers.values():
            server.revive()
        for director in self.fabric.directors:
            if director.penstock_pid() == 0:
                director.start_penstock(self.binary)
        self.fabric.expect_announcers(BOTH)
        for director in self.fabric.directors:
            self.expect_weights(director, set(SERVERS))

    def steady_except_drained(self, director: Director) -> None:
        """As `steady`, with one director drained."""
        if self.fabric.announcers(VIPS[0]) != BOTH - {director.name}:
            self.steady()
            director.penstock(self.binary, "drain", "--wait", "--reason", "lab")
        self.fabric.expect_announcers(BOTH - {director.name})

    def wait_ready(self, director: Director) -> None:
        """Waits until a Penstock that was just started says it has seen everything once: from
        then on it acts, so from then on "it changed nothing" means something."""
        wait_until(f"penstock on {director.name} to be ready", lambda: director.get("/readyz"))

    def expect_weights(self, director: Director, alive: set[str]) -> None:
        """Waits until exactly these real servers have a weight above zero on a director."""
        for vip in VIPS:
            wait_until(
                f"{director.name} to give weight to {', '.join(sorted(alive)) or 'nobody'}"
                f" for {vip}",
                lambda vip=vip: self._weights(director, vip, alive),  # type: ignore[misc]
            )

    @staticmethod
    def _weights(director: Director, vip: str, alive: set[str]) -> tuple[bool, str]:
        seen = {name: director.weight(SERVICE[vip], destination(name, vip)) for name in SERVERS}
        # Weight 0, not absent: a server that is down keeps its place in the table.
        good = all((seen[name] or 0) > 0 if name in alive else seen[name] == 0 for name in SERVERS)
        return good, ", ".join(f"{name}={weight}" for name, weight in seen.items())

    @contextmanager
    def load(self, rate: int = RATE) -> Iterator[Load]:
        """Requests at a fixed rate while the body runs, with calm traffic on both sides."""
        load = Load(time.monotonic())
        self.fabric.client.start(rate)
        try:
            time.sleep(CALM_SECONDS)
            yield load
            time.sleep(CALM_SECONDS)
        finally:
            load.ledger = self.fabric.client.stop()

    @contextmanager
    def frozen(self, *directors: Director) -> Iterator[None]:
        """Penstock stopped in its tracks, so that a control can disturb what it would mend."""
        for director in directors:
            director.freeze()
        try:
            yield
        finally:
            for director in directors:
                director.thaw()

    def shares(self, ledger: Ledger) -> dict[str, int]:
        """How many requests of a ledger each director forwarded, by its connection entries."""
        shares = {}
        for director in self.fabric.directors:
            ports = {
                4: ipvs.client_ports(director.pid, CLIENT4),
                6: ipvs.client_ports(director.pid, CLIENT6),
            }
            shares[director.name] = sum(r.port in ports[r.family] for r in ledger.records)
        return shares

    def untouched_since(self, start: float, updates: int, *directors: Director) -> None:
        """Demands that routers heard nothing and IPVS was not written to since a moment."""
        events = self.fabric.routes.since(start)
        demand(not events, f"the router's routes changed: {events}")
        heard = self.fabric.updates() - updates
        demand(heard == 0, f"the router received {heard} BGP UPDATEs")
        for director in directors:
            assert director.writes is not None
            writes = director.writes.since(start)
            demand(not writes, f"{director.name}: {len(writes)} IPVS writes: {writes[:5]}")

    # -- running -------------------------------------------------------------------------------

    def run(self, pattern: str) -> None:
        """Runs the cases whose title matches and prints one line for each."""
        chosen = [c for c in CASES if re.search(pattern, c.title, re.IGNORECASE)]
        print(f"1..{len(chosen)}", flush=True)
        for number, each in enumerate(chosen, 1):
            for director in self.fabric.directors:
                director.mark(f"case {number}: {each.title}")
            began = time.monotonic()
            try:
                remark = each.body(self)
                self.passed += 1
                spent = time.monotonic() - began
                tail = f" - {remark}" if remark else ""
                print(f"ok {number} - {each.title} ({spent:.1f} s){tail}", flush=True)
            except Exception as error:  # every way a case can break is a failed case
                self.failed += 1
                spent = time.monotonic() - began
                print(f"not ok {number} - {each.title} ({spent:.1f} s)", flush=True)
                if isinstance(error, (Failed, OSError)):
                    print(f"  {type(error).__name__}: {error}", flush=True)
                else:
                    traceback.print_exc()
                self.evidence()
                self.recover()

    def evidence(self) -> None:
        """What an on-call person would look at, indented below the failed case."""
        for director in self.fabric.directors:
            self._show(f"{director.name}: penstock log of this case", "\n".join(
                director.log_since(director.marked).splitlines()[-LOG_LINES:]))
            self._show(f"{director.name}: /proc/net/ip_vs", read(f"/proc/{director.pid}/net/ip_vs"))
            try:
                networks = ", ".join(sorted(director.networks()))
            except OSError as error:
                networks = f"bgpd does not answer: {error}"
            self._show(f"{director.name}: networks in bgpd", networks)
            if routes := director.kernel_routes():
                self._show(f"{director.name}: kernel routes of Penstock", str(routes))
            self._show(f"{director.name}: vip0", director.inside(
                "ip", "-br", "addr", "show", "dev", "vip0", check=False))
        for vip in VIPS:
            names = sorted(self.fabric.announcers(vip))
            self._show(f"router: {vip} goes to", ", ".join(names) or "nobody (no route)")
        self._show("router: sessions", self.fabric.sessions()[1])

    @staticmethod
    def _show(title: str, text: str) -> None:
        print(f"  --- {title}", flush=True)
        for line in text.splitlines():
            print(f"      {line}", flush=True)

    def recover(self) -> None:
        """After a failed case: puts back what the next one needs, as well as can be."""
        for director in self.fabric.directors:
            try:
                if director.penstock_pid() != 0:
                    director.thaw()
                    director.penstock(self.binary, "undrain", check=False)
                director.vty.text("show version")
            except OSError:
                director.start_bgpd()
            except Failed as error:
                self.say(f"{director.name} could not be put back: {error}")
