"""The client: opens requests at a fixed rate whether or not earlier ones have ended.

Open loop, because a client that waits for answers stops asking just when the service is broken
and so counts too few failures. Every request has a source port of its own, so every request is a
flow of its own to the router's ECMP hash and to Maglev's.

Reads one JSON command per line on stdin: {"op": "start", ...} and {"op": "stop"}, which answers
with one line, the ledger.
"""

from __future__ import annotations

import errno
import json
import os
import selectors
import socket
import struct
import sys
import time
from typing import Any

# Offset of tcpi_total_retrans in struct tcp_info (linux/tcp.h).
TOTAL_RETRANS_OFFSET = 100
WORDS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ETIMEDOUT: "timeout",
}


class Request:
    """One connection from its SYN to its verdict."""

    __slots__ = ("socket", "family", "began", "path", "received", "sent", "port")

    def __init__(self, target: str, port: int, path: str) -> None:
        self.family = 6 if ":" in target else 4
        kind = socket.AF_INET6 if self.family == 6 else socket.AF_INET
        self.socket = socket.socket(kind, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.path = path
        self.received = b""
        self.sent = False
        self.began = time.monotonic()
        self.port = 0
        number = self.socket.connect_ex((target, port))
        if number not in (0, errno.EINPROGRESS):
            raise OSError(number, os.strerror(number))
        self.port = self.socket.getsockname()[1]

    def retransmissions(self) -> int:
        info = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
        if len(info) < TOTAL_RETRANS_OFFSET + 4:
            return 0
        return int(struct.unpack_from("=I", info, TOTAL_RETRANS_OFFSET)[0])


class Client:
    """The schedule and the ledger of one load after another."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.selector.register(sys.stdin, selectors.EVENT_READ, None)
        self.load: dict[str, Any] = {}
        self.records: list[list[Any]] = []
        self.open: dict[int, Request] = {}
        self.next_at = 0.0
        self.count = 0
        self.deadline = 0.0
        self.servers: list[str] = []
        self.most_resent = 0

    def serve(self) -> None:
        """Until stdin closes."""
        while True:
            wait = max(0.0, self.next_at - time.monotonic()) if self.load else None
            if self.open:
                wait = min(wait if wait is not None else 0.1, 0.1)
            for key, events in self.selector.select(wait):
                if key.data is None:
                    if not self.command():
                        return
                else:
                    self.progress(key.data, events)
            self.expire()
            # A late tick is made up for, not skipped: the rate is a promise.
            while self.load and time.monotonic() >= self.next_at:
                self.launch()
                self.next_at += 1.0 / self.load["rate"]

    def command(self) -> bool:
        line = sys.stdin.readline()
        if not line:
            return False
        command = json.loads(line)
        if command["op"] == "start":
            self.load, self.records, self.count = command, [], 0
            self.deadline, self.servers = command["deadline"], command["servers"]
            self.most_resent = command["most_resent"]
            self.next_at = time.monotonic()
            print("started", flush=True)
        else:
            self.load = {}
            end = time.monotonic() + 30
            while self.open and time.monotonic() < end:
                for key, events in self.selector.select(0.1):
                    if key.data is not None:
                        self.progress(key.data, events)
                self.expire()
            print(json.dumps(self.records), flush=True)
        return True

    def launch(self) -> None:
        targets = self.load["targets"]
        target, port = targets[self.count % len(targets)]
        # Some answers come late, so that flows are in mid-connection when a route changes.
        slow = self.load["slow_every"] and (self.count // len(targets)) % self.load["slow_every"]
        path = "/" if slow or not self.load["slow_every"] else f"/slow/{self.load['slow_ms']}"
        self.count += 1
        began = time.monotonic()
        try:
            request = Request(target, port, path)
        except OSError as error:
            word = WORDS.get(error.errno or 0, error.strerror or "error")
            self.records.append([began, 6 if ":" in target else 4, word, "", 0, 0.0, 0])
            return
        self.open[request.socket.fileno()] = request
        self.selector.register(request.socket, selectors.EVENT_WRITE, request)

    def progress(self, request: Request, events: int) -> None:
        # `stop` works off requests by itself and may have ended one that select has just named.
        if self.open.get(request.socket.fileno()) is not request:
            return
        try:
            if not request.sent:
                number = request.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if number:
                    raise OSError(number, os.strerror(number))
                head = f"GET {request.path} HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n"
                request.socket.send(head.encode())
                request.sent = True
                self.selector.modify(request.socket, selectors.EVENT_READ, request)
                return
            chunk = request.socket.recv(4096)
        except OSError as error:
            self.close(request, WORDS.get(error.errno or 0, error.strerror or "error"), "")
            return
        if chunk:
            request.received += chunk
            return
        head, _, body = request.received.partition(b"\r\n\r\n")
        name = body.decode(errors="replace").strip()
        good = head.startswith(b"HTTP/1.1 200 ") and name in self.servers
        self.close(request, "ok" if good else "wrong body", name)

    def expire(self) -> None:
        now = time.monotonic()
        for request in [r for r in self.open.values() if now - r.began > self.deadline]:
            self.close(request, "timeout", "")

    def close(self, request: Request, word: str, server: str) -> None:
        spent = time.monotonic() - request.began
        retrans = request.retransmissions()
        if word == "ok" and retrans > self.most_resent:
            word = "lost packets"
        self.selector.unregister(request.socket)
        del self.open[request.socket.fileno()]
        request.socket.close()
        self.records.append(
            [request.began, request.family, word, server, request.port, spent, retrans]
        )


if __name__ == "__main__":
    Client().serve()
