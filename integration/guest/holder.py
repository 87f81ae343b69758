"""Long-lived connections of the client, and what became of each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from shell import wait_until
from worker import Worker

# Handshakes under way at a time: an emulated server's backlog is not what is tested.
AT_ONCE = 50


@dataclass(frozen=True)
class Connection:
    """One connection from the client to a VIP; `ended` is empty while it lives."""

    vip: str
    source: str
    port: int
    server: str
    ended: str
    answers: int
    #: When the latest request that was answered was sent, on the monotonic clock.
    answered_ask: float

    @property
    def flow(self) -> tuple[str, int]:
        return self.source, self.port

    @property
    def family(self) -> int:
        return 6 if ":" in self.vip else 4


class Holder:
    """The process that holds them; one set of connections at a time."""

    def __init__(self, namespace: str) -> None:
        self.worker = Worker(namespace, "holder_worker.py")

    def open(
        self, wanted: Sequence[tuple[str, int, str]], path: str = "/keep", every: float = 1.0
    ) -> list[Connection]:
        """Opens connections (VIP, port, own address); each asks again `every` seconds."""
        return self._connections(self.worker.say({
            "op": "open", "connections": list(wanted), "path": path, "every": every,
            "at_once": AT_ONCE,
        }))

    def ask_for(self, path: str, every: float) -> None:
        """From now on every connection asks for something else."""
        self.worker.say({"op": "path", "path": path, "every": every})

    def report(self) -> list[Connection]:
        """All connections as they are now, in the order they were opened."""
        return self._connections(self.worker.say({"op": "report"}))

    def settle(self, moment: float, deadline: float, stuck: int = 0) -> list[Connection]:
        """Waits until every connection has had an answer to a question asked after a moment, or
        has ended; with `stuck`, until no more than so many are left waiting."""
        def look() -> tuple[bool, str | list[Connection]]:
            seen = self.report()
            waiting = [c for c in seen if not c.ended and c.answered_ask < moment]
            if len(waiting) <= stuck:
                return True, seen
            return False, f"{len(waiting)} of {len(seen)} still wait, such as {waiting[:3]}"

        answer = wait_until("every connection to be answered or to end", look, deadline, every=0.5)
        assert not isinstance(answer, str)
        return answer

    def close(self) -> None:
        self.worker.say({"op": "close"})

    @staticmethod
    def _connections(answer: str) -> list[Connection]:
        return [Connection(*fields) for fields in json.loads(answer)]


def endings(connections: Sequence[Connection]) -> str:
    """How connections ended, for a person."""
    counts = Counter(c.ended or "alive" for c in connections)
    return ", ".join(f"{count} {word}" for word, count in counts.most_common())
