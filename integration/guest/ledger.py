"""The request ledger: what a client got, request by request, while the fabric was disturbed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from shell import TRAFFIC
from worker import Program

# On an emulated machine that shares its CPUs a process may stand still for seconds, so time alone
# cannot tell a slow machine from a lost packet. TCP can: packets that vanish are sent again. One
# resent segment may be a timer that ran while the machine stood still; two are a black hole of a
# second or more, and a failed request even when the answer came in the end.
REQUEST_DEADLINE = 10.0
MOST_RESENT = 1
# Requests a second over both families: enough to see a hole of a tenth of a second, and little
# enough that an emulated machine serves them beside everything else.
RATE = 30
SLOW_EVERY = 5
SLOW_MILLISECONDS = 600


@dataclass(frozen=True)
class Record:
    """One request: when it began, over which family, and how it ended."""

    at: float
    family: int
    result: str
    server: str
    port: int
    seconds: float
    retransmissions: int

    @property
    def ok(self) -> bool:
        return self.result == "ok"


class Ledger:
    """The records of one load, in the order their verdicts came."""

    def __init__(self, records: list[Record]) -> None:
        self.records = records

    def failed(self, begin: float = 0.0, end: float = float("inf")) -> list[Record]:
        """Requests begun in a window that did not get the right answer."""
        return [r for r in self.records if not r.ok and begin <= r.at <= end]

    def servers(self, family: int | None = None) -> Counter[str]:
        """How many requests each real server answered."""
        return Counter(r.server for r in self.records if r.ok and family in (None, r.family))

    def summary(self) -> str:
        """One line for a person."""
        good = sum(r.ok for r in self.records)
        bad = Counter(f"{r.result} over IPv{r.family}" for r in self.records if not r.ok)
        resent = sum(r.retransmissions for r in self.records)
        slowest = max((r.seconds for r in self.records if r.ok), default=0.0)
        text = f"{len(self.records)} requests, {good} ok, {len(self.records) - good} failed"
        if bad:
            text += " (" + ", ".join(f"{count} {word}" for word, count in bad.items()) + ")"
        return text + f", {resent} segments resent, slowest {slowest * 1000:.0f} ms"


class Client:
    """The client's process; one load at a time."""

    def __init__(
        self, namespace: str, targets: list[tuple[str, int]], servers: list[str]
    ) -> None:
        self.targets = targets
        self.servers = servers
        self.program = Program(namespace, TRAFFIC, "client")

    def start(self, rate: int = RATE, targets: list[tuple[str, int]] | None = None) -> None:
        """Begins a load; it goes on until `stop`."""
        words: list[str | float] = [
            "start", rate, REQUEST_DEADLINE, MOST_RESENT, SLOW_EVERY, SLOW_MILLISECONDS,
            ",".join(self.servers),
        ]
        for address, port in targets or self.targets:
            words += [address, port]
        self.program.say(" ".join(map(str, words)))

    def stop(self) -> Ledger:
        """Ends the load, waits for the open requests, and returns the ledger."""
        return Ledger([Record(*fields) for fields in json.loads(self.program.say("stop"))])
