"""A client that keeps its connections: each is opened once and asks again and again.

A connection that is lost stays lost: nothing here connects a second time, so what still answers
at the end is the very connection that was opened at the beginning.

Reads one JSON command per line on stdin and answers each with one line: `open` with its
connections once every one of them was answered or has ended, `path` changes what is asked from
now on, `report` tells the state of every connection, `close` ends them all.
"""

from __future__ import annotations

import errno
import json
import selectors
import socket
import sys
import time
from typing import Any

WORDS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ETIMEDOUT: "timeout",
}
OPEN_DEADLINE = 30.0


class Held:
    """One connection: its flow, who answered it, and when it asked what was answered last."""

    __slots__ = (
        "socket", "target", "source", "port", "server", "ended", "asked_at", "answered_ask",
        "answers", "due", "received",
    )

    def __init__(self, target: str, port: int, source: str) -> None:
        kind = socket.AF_INET6 if ":" in target else socket.AF_INET
        self.socket = socket.socket(kind, socket.SOCK_STREAM)
        self.target = target
        self.source = source
        self.server = ""
        self.ended = ""
        self.answers = 0
        # Of the request that is under way; 0 when none is.
        self.asked_at = 0.0
        # Of the latest request that was answered: proof that the flow was whole after then.
        self.answered_ask = 0.0
        self.due = 0.0
        self.received = b""
        self.socket.setblocking(False)
        self.socket.bind((source, 0))
        number = self.socket.connect_ex((target, port))
        if number not in (0, errno.EINPROGRESS):
            raise OSError(number, f"connecting from {source} to {target}")
        self.port = self.socket.getsockname()[1]

    def line(self) -> list[Any]:
        return [
            self.target, self.source, self.port, self.server, self.ended, self.answers,
            self.answered_ask,
        ]


class Holder:
    """All connections and the one loop that serves them."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.selector.register(sys.stdin, selectors.EVENT_READ, None)
        self.held: list[Held] = []
        self.path = "/keep"
        self.every = 1.0

    def serve(self) -> None:
        """Until stdin closes."""
        while self.turn():
            pass

    def turn(self) -> bool:
        for key, events in self.selector.select(0.05):
            if key.data is None:
                if not self.command():
                    return False
            else:
                self.progress(key.data, events)
        now = time.monotonic()
        for each in self.held:
            # One request at a time: the next is only due once the last was answered.
            if not each.ended and not each.asked_at and each.server and each.due <= now:
                self.ask(each)
        return True

    def command(self) -> bool:
        line = sys.stdin.readline()
        if not line:
            return False
        command = json.loads(line)
        answer: Any = command["op"]
        if command["op"] == "open":
            self.open(command)
            answer = [each.line() for each in self.held]
        elif command["op"] == "path":
            self.path, self.every = command["path"], command["every"]
            for each in self.held:
                each.due = 0.0
        elif command["op"] == "report":
            answer = [each.line() for each in self.held]
        elif command["op"] == "close":
            for each in self.held:
                self.end(each, "closed")
            self.held = []
        print(json.dumps(answer), flush=True)
        return True

    def open(self, command: dict[str, Any]) -> None:
        """Opens the connections a few at a time, and lets every one be answered once."""
        self.path, self.every = command["path"], command["every"]
        end = time.monotonic() + OPEN_DEADLINE
        for target, port, source in command["connections"]:
            each = Held(target, port, source)
            self.held.append(each)
            self.selector.register(each.socket, selectors.EVENT_WRITE, each)
            while self.pending() > command["at_once"] and time.monotonic() < end:
                self.progress_all()
        while self.pending() and time.monotonic() < end:
            self.progress_all()

    def pending(self) -> int:
        return sum(not each.ended and not each.server for each in self.held)

    def progress_all(self) -> None:
        for key, events in self.selector.select(0.05):
            if key.data is not None:
                self.progress(key.data, events)

    def progress(self, held: Held, events: int) -> None:
        if held.ended:
            return
        try:
            if events & selectors.EVENT_WRITE:
                number = held.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if number:
                    raise OSError(number, "connecting")
                self.selector.modify(held.socket, selectors.EVENT_READ, held)
                self.ask(held)
                return
            chunk = held.socket.recv(65536)
        except OSError as error:
            self.end(held, WORDS.get(error.errno or 0, str(error)))
            return
        if not chunk:
            self.end(held, "closed by the server")
            return
        held.received += chunk
        self.judge(held)

    def ask(self, held: Held) -> None:
        request = f"GET {self.path} HTTP/1.1\r\nHost: lab\r\n\r\n"
        held.asked_at, held.received = time.monotonic(), b""
        try:
            held.socket.send(request.encode())
        except OSError as error:
            self.end(held, WORDS.get(error.errno or 0, str(error)))

    def judge(self, held: Held) -> None:
        """Looks whether the answer is whole, and whether it is the same server's as ever."""
        head, found, body = held.received.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.rpartition(b"Content-Length: ")[2].split(b"\r")[0])
        if len(body) < length:
            return
        name = body.split(b"\n", 1)[0].decode(errors="replace")
        if held.server and name != held.server:
            self.end(held, f"answered by {name} instead of {held.server}")
            return
        held.server, held.answered_ask, held.asked_at = name, held.asked_at, 0.0
        held.answers += 1
        held.due = time.monotonic() + self.every

    def end(self, held: Held, word: str) -> None:
        if held.ended:
            return
        held.ended = word
        self.selector.unregister(held.socket)
        held.socket.close()


if __name__ == "__main__":
    Holder().serve()
