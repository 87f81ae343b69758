"""Many real servers in one process, each with a listening socket that can be closed by itself.

All they do is accept and hang up, which is what a check by connection asks for. Reads one JSON
command per line on stdin and answers each with one line: `listen` and `close` with `addresses`.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys


class Pool:
    """The listening sockets by address."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.selector.register(sys.stdin, selectors.EVENT_READ)
        self.listeners: dict[str, socket.socket] = {}

    def serve(self) -> None:
        """Until stdin closes."""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is sys.stdin:
                    line = sys.stdin.readline()
                    if not line:
                        return
                    self.command(json.loads(line))
                else:
                    self.accept(key.data)

    def command(self, command: dict[str, object]) -> None:
        for address in command["addresses"]:  # type: ignore[attr-defined]
            if command["op"] == "listen" and address not in self.listeners:
                self.listen(address, int(command["port"]))  # type: ignore[call-overload]
            elif command["op"] == "close" and address in self.listeners:
                listener = self.listeners.pop(address)
                self.selector.unregister(listener)
                listener.close()
        print(command["op"], flush=True)

    def listen(self, address: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen()
        listener.setblocking(False)
        self.listeners[address] = listener
        self.selector.register(listener, selectors.EVENT_READ, listener)

    @staticmethod
    def accept(listener: socket.socket) -> None:
        try:
            listener.accept()[0].close()
        except OSError:
            # The client was quicker, or the listener was closed in this very turn.
            return


if __name__ == "__main__":
    Pool().serve()
