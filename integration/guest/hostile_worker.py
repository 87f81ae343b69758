"""Real servers that do their worst to whoever checks them, each at a port of its own, until its
stdin closes.

Answers a line `listen ADDRESS` with `listen` once every port listens; what each does is in
`MISDEEDS`, by its port.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time
from collections.abc import Callable

FIRST_PORT = 7001
# What is sent at once by those that never stop.
BLOCK = b"x" * 65536
# A check that waits for a whole line or a whole head gets one byte so often.
TRICKLE_SECONDS = 0.2


def slow_loris(connection: socket.socket) -> None:
    """A head that comes byte by byte, and never ends."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: ":
        connection.sendall(bytes([byte]))
        time.sleep(TRICKLE_SECONDS)
    while True:  # Ends with the connection.
        connection.sendall(b"z")
        time.sleep(TRICKLE_SECONDS)


def endless_body(connection: socket.socket) -> None:
    """A body without an end and without what is looked for."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:  # Ends with the connection.
        connection.sendall(b"10000\r\n" + BLOCK + b"\r\n")


def header_bomb(connection: socket.socket) -> None:
    """Headers without an end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    number = 0
    while True:  # Ends with the connection.
        number += 1
        connection.sendall(f"X-Bomb-{number}: {'y' * 200}\r\n".encode())


def garbage(connection: socket.socket) -> None:
    """Bytes of no protocol."""
    connection.sendall(bytes(range(256)) * 16)


def mute(connection: socket.socket) -> None:
    """Accepts, and says nothing: neither to a request nor to a handshake."""
    while connection.recv(4096):
        pass


def reset(connection: socket.socket) -> None:
    """Accepts, and resets."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def half_open(connection: socket.socket) -> None:
    """Ends its own half at once and keeps listening to the other."""
    connection.shutdown(socket.SHUT_WR)
    mute(connection)


# In this order from FIRST_PORT; the last two are one misdeed to HTTP and to TLS.
MISDEEDS: tuple[Callable[[socket.socket], None], ...] = (
    slow_loris, endless_body, header_bomb, garbage, reset, half_open, mute, mute,
)


def serve(address: str, port: int, misdeed: Callable[[socket.socket], None]) -> None:
    listener = socket.create_server((address, port), backlog=128)

    def one(connection: socket.socket) -> None:
        try:
            misdeed(connection)
        except OSError:
            pass  # The check has had enough.
        finally:
            connection.close()

    def run() -> None:
        while True:  # Until the process ends.
            threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()


if __name__ == "__main__":
    for line in sys.stdin:
        for number, each in enumerate(MISDEEDS):
            serve(line.split()[1], FIRST_PORT + number, each)
        print("listen", flush=True)
