"""One real server that keeps the connections it gets, until it is killed or tires of them.

Reads one JSON command per line on stdin and answers each with one line: `listen` with `address`,
`port` and `idle` (seconds until it closes a connection that says nothing; 0 for never), and
`count`, which answers how many connections it has accepted.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time

# How often it looks for connections that have been idle for too long.
LOOK_SECONDS = 0.05


class Patient:
    """The listening socket, and the connections with the time at which each was accepted."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.selector.register(sys.stdin, selectors.EVENT_READ)
        self.connections: dict[socket.socket, float] = {}
        self.idle = 0.0
        self.accepted = 0

    def serve(self) -> None:
        """Until stdin closes."""
        while True:
            for key, _ in self.selector.select(LOOK_SECONDS if self.idle else None):
                if key.fileobj is sys.stdin:
                    line = sys.stdin.readline()
                    if not line:
                        return
                    self.command(json.loads(line))
                elif key.data == "listener":
                    self.accept(key.fileobj)  # type: ignore[arg-type]
                else:
                    self.hear(key.fileobj)  # type: ignore[arg-type]
            if self.idle:
                limit = time.monotonic() - self.idle
                for connection, since in list(self.connections.items()):
                    if since < limit:
                        self.leave(connection)

    def command(self, command: dict[str, object]) -> None:
        if command["op"] == "count":
            print(self.accepted, flush=True)
            return
        self.idle = float(command["idle"])  # type: ignore[arg-type]
        listener = socket.create_server(
            (str(command["address"]), int(command["port"])),  # type: ignore[call-overload]
            backlog=128, reuse_port=False,
        )
        listener.setblocking(False)
        self.selector.register(listener, selectors.EVENT_READ, "listener")
        print("listen", flush=True)

    def accept(self, listener: socket.socket) -> None:
        try:
            connection = listener.accept()[0]
        except OSError:
            # The client was quicker.
            return
        self.accepted += 1
        self.connections[connection] = time.monotonic()
        self.selector.register(connection, selectors.EVENT_READ, "connection")

    def hear(self, connection: socket.socket) -> None:
        try:
            if connection.recv(4096):
                return
        except OSError:
            # A probe ends its connection with a reset.
            pass
        self.leave(connection)

    def leave(self, connection: socket.socket) -> None:
        self.selector.unregister(connection)
        del self.connections[connection]
        connection.close()


if __name__ == "__main__":
    Patient().serve()
