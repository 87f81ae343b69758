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


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """A frame of HTTP/2 (RFC 9113, 4.1)."""
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


SETTINGS, HEADERS = frame(4, 0, 0, b""), frame(1, 4, 1, b"\x88")


def endless_pings(connection: socket.socket) -> None:
    """Pings of HTTP/2, each of which wants an answer."""
    connection.sendall(SETTINGS)
    while True:  # Ends with the connection.
        connection.sendall(frame(6, 0, 0, b"12345678") * 64)


def endless_headers(connection: socket.socket) -> None:
    """Headers of HTTP/2 that are continued for ever (CVE-2024-27316 and others)."""
    connection.sendall(SETTINGS + frame(1, 0, 1, b"\x88"))
    while True:  # Ends with the connection.
        connection.sendall(frame(9, 0, 1, b"\x00\x01a\x01b" * 64) * 16)


def endless_data(connection: socket.socket) -> None:
    """An answer over HTTP/2 without an end, whatever window it was given."""
    connection.sendall(SETTINGS + HEADERS)
    while True:  # Ends with the connection.
        connection.sendall(frame(0, 0, 1, BLOCK[:16384]))


def dripping_record(connection: socket.socket) -> None:
    """A message of 64 KiB to a question over TCP, byte by byte."""
    connection.sendall(b"\xff\xff")
    while True:  # Ends with the connection.
        connection.sendall(b"\x00")
        time.sleep(TRICKLE_SECONDS)


# In this order from FIRST_PORT; a misdeed that stands twice is one to two kinds of checks.
MISDEEDS: tuple[Callable[[socket.socket], None], ...] = (
    slow_loris, endless_body, header_bomb, garbage, reset, half_open, mute, mute,
    endless_pings, endless_headers, endless_data, endless_data, garbage, dripping_record, garbage,
)


def flood(listener: socket.socket, asker: tuple[str, int], _: bytes) -> None:
    """Many answers to no question, to each datagram."""
    for _ in range(50):
        listener.sendto(BLOCK[:1400], asker)


def echo(listener: socket.socket, asker: tuple[str, int], question: bytes) -> None:
    """A question to a question."""
    listener.sendto(question, asker)


# In this order from the port after the last of the others.
DATAGRAM_MISDEEDS: tuple[Callable[[socket.socket, tuple[str, int], bytes], None], ...] = (
    flood, flood, echo,
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


def answer(
    address: str, port: int, misdeed: Callable[[socket.socket, tuple[str, int], bytes], None],
) -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind((address, port))

    def run() -> None:
        while True:  # Until the process ends.
            try:
                question, asker = listener.recvfrom(65536)
                misdeed(listener, asker, question)
            except OSError:
                pass  # The check has had enough.

    threading.Thread(target=run, daemon=True).start()


if __name__ == "__main__":
    for line in sys.stdin:
        for number, each in enumerate(MISDEEDS):
            serve(line.split()[1], FIRST_PORT + number, each)
        for number, datagrams in enumerate(DATAGRAM_MISDEEDS, start=len(MISDEEDS)):
            answer(line.split()[1], FIRST_PORT + number, datagrams)
        print("listen", flush=True)
