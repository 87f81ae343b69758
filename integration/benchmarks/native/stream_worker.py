"""A stream of datagrams to VIPs and the echo that answers it, as programs of their own: a judge
that is busy must not make packets late.

    stream_worker.py echo ADDRESS            answers at ADDRESS with what came
    stream_worker.py serve ADDRESS PORT      accepts connections, which it closes at once
    stream_worker.py hold ADDRESS PORT       accepts connections, which it keeps
    stream_worker.py ping SECONDS VIP...     prints a line of JSON for each VIP at the end
"""

from __future__ import annotations

import json
import select
import socket
import struct
import sys
import time

PORT = 7777
# Flows of one VIP, from ports of their own, so that an ECMP router spreads them.
FLOWS = 8
# Between two datagrams of one flow; eight flows make one every two milliseconds and a half.
EVERY_SECONDS = 0.02
# After the last one, for answers that are under way.
LINGER_SECONDS = 0.5


def echo(address: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind((address, PORT))
        while True:  # Until it is killed.
            data, sender = listener.recvfrom(64)
            try:
                listener.sendto(data, sender)
            except OSError:
                pass  # No route back at this moment: the packet is lost, which is the measurement.


def serve(address: str, port: int) -> None:
    with socket.create_server((address, port), backlog=1024) as listener:
        while True:  # Until it is killed.
            listener.accept()[0].close()


def hold(address: str, port: int) -> None:
    poll = select.epoll()
    held: dict[int, socket.socket] = {}
    with socket.create_server((address, port), backlog=1024) as listener:
        poll.register(listener, select.EPOLLIN)
        while True:  # Until it is killed.
            for number, _ in poll.poll():
                if number == listener.fileno():
                    connection = listener.accept()[0]
                    held[connection.fileno()] = connection
                    poll.register(connection, select.EPOLLIN)
                    continue
                # Nothing is ever sent here: the client has left.
                poll.unregister(number)
                held.pop(number).close()


def ping(seconds: float, vips: list[str]) -> None:
    flows: dict[int, tuple[socket.socket, str]] = {}
    poll = select.poll()
    for vip in vips:
        for _ in range(FLOWS):
            flow = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            flow.setblocking(False)
            flow.connect((vip, PORT))
            flows[flow.fileno()] = (flow, vip)
            poll.register(flow, select.POLLIN)
    pending: dict[str, dict[int, float]] = {vip: {} for vip in vips}
    sent = dict.fromkeys(vips, 0)
    began = due = time.monotonic()
    number = 0
    while (now := time.monotonic()) < began + seconds + LINGER_SECONDS:
        if now >= due and now < began + seconds:
            for flow, vip in flows.values():
                number += 1
                sent[vip] += 1
                pending[vip][number] = now
                try:
                    flow.send(struct.pack("!I", number))
                except OSError:
                    pass  # The router said that there is no way: lost like any other.
            due += EVERY_SECONDS
        for descriptor, _ in poll.poll(max(0.0, due - time.monotonic()) * 1000):
            flow, vip = flows[descriptor]
            try:
                pending[vip].pop(struct.unpack("!I", flow.recv(64))[0], None)
            except OSError:
                pass  # An error that an earlier datagram met.
    for vip in vips:
        lost = sorted(pending[vip].values())
        print(json.dumps({
            "vip": vip, "sent": sent[vip], "lost": len(lost),
            "first": lost[0] if lost else None, "last": lost[-1] if lost else None,
        }))


def main() -> None:
    if sys.argv[1] == "echo":
        echo(sys.argv[2])
    elif sys.argv[1] == "serve":
        serve(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1] == "hold":
        hold(sys.argv[2], int(sys.argv[3]))
    else:
        ping(float(sys.argv[2]), sys.argv[3:])


if __name__ == "__main__":
    main()
