"""A real server: answers HTTP with its own name, and dies and returns when told to.

A request for /slow/N is answered N milliseconds late, one for /keep leaves the connection open, and
one for /keep/N is answered with N bytes more than the name.

Started inside the server's network namespace; it reads words from stdin (`down`, `up`) and
answers each with the same word on stdout once it is true. `down` closes the listening sockets, so
that the kernel refuses connections as it does for a crashed program.
"""

from __future__ import annotations

import heapq
import os
import selectors
import socket
import sys
import time

PORT = 80
BACKLOG = 1024
REQUEST_LIMIT = 4096


class Server:
    """One selector loop for all connections."""

    def __init__(self, name: str, hangs_up: bool) -> None:
        self.hangs_up = hangs_up
        self.body = (name + "\n").encode()
        self.selector = selectors.DefaultSelector()
        self.listeners: list[socket.socket] = []
        self.later: list[tuple[float, int, socket.socket]] = []
        self.order = 0
        self.selector.register(sys.stdin, selectors.EVENT_READ, "control")
        self.up()

    def up(self) -> None:
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address, PORT))
            listener.listen(BACKLOG)
            listener.setblocking(False)
            self.selector.register(listener, selectors.EVENT_READ, "listener")
            self.listeners.append(listener)

    def down(self) -> None:
        for listener in self.listeners:
            self.selector.unregister(listener)
            listener.close()
        self.listeners = []

    def control(self) -> bool:
        words = os.read(sys.stdin.fileno(), 256).decode().split()
        if not words:
            return False
        for word in words:
            if word == "down":
                self.down()
            elif word == "up" and not self.listeners:
                self.up()
            print(word, flush=True)
        return True

    def serve(self) -> None:
        """Until stdin closes: when the lab goes, so do we."""
        while True:
            wait = None
            if self.later:
                wait = max(0.0, self.later[0][0] - time.monotonic())
            for key, _ in self.selector.select(wait):
                if key.data == "control":
                    if not self.control():
                        return
                elif key.data == "listener":
                    self.accept(key.fileobj)
                else:
                    self.receive(key.fileobj)
            while self.later and self.later[0][0] <= time.monotonic():
                self.answer(heapq.heappop(self.later)[2])

    def accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        if self.hangs_up:
            # For a thousand checked addresses that serve nothing: as cheap as a server gets.
            connection.close()
            return
        connection.setblocking(False)
        self.selector.register(connection, selectors.EVENT_READ, "request")

    def receive(self, connection: socket.socket) -> None:
        self.selector.unregister(connection)
        try:
            request = connection.recv(REQUEST_LIMIT)
        except OSError:
            request = b""
        # The requests of this lab fit into one segment; anything else is not ours to parse.
        if not request:
            connection.close()
            return
        target = request.split(b" ", 2)[1] if b" " in request else b"/"
        if target.startswith(b"/slow/"):
            self.order += 1
            due = time.monotonic() + int(target[6:]) / 1000
            heapq.heappush(self.later, (due, self.order, connection))
        elif target.startswith(b"/keep"):
            self.answer(connection, keeps=True, more=int(target[6:] or 0))
        else:
            self.answer(connection)

    def answer(self, connection: socket.socket, keeps: bool = False, more: int = 0) -> None:
        body = self.body + b"." * more
        manner = b"keep-alive" if keeps else b"close"
        head = b"HTTP/1.1 200 OK\r\nConnection: %s\r\nContent-Length: %d\r\n\r\n"
        try:
            connection.send(head % (manner, len(body)) + body)
        except OSError:
            # The client gave up; its ledger says so.
            keeps = False
        if keeps:
            self.selector.register(connection, selectors.EVENT_READ, "request")
        else:
            connection.close()


if __name__ == "__main__":
    Server(sys.argv[1], "--hang-up" in sys.argv[2:]).serve()
