"""Counts what is written to IPVS in a network namespace, by whomever.

A netlink monitor device sees every message of its namespace. Only requests that change something
count; questions and answers do not. This is how "no write" is shown rather than believed.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from dataclasses import dataclass

from routes import attributes, messages
from shell import ip_batch, network_namespace, run

NETLINK_GENERIC = 16
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 1, 2
NLM_F_REQUEST = 1
# linux/ip_vs.h: the commands that change something.
WRITES = {
    1: "NEW_SERVICE",
    2: "SET_SERVICE",
    3: "DEL_SERVICE",
    5: "NEW_DEST",
    6: "SET_DEST",
    7: "DEL_DEST",
    9: "NEW_DAEMON",
    10: "DEL_DAEMON",
    12: "SET_CONFIG",
    16: "ZERO",
    17: "FLUSH",
}
READS = {4: "GET_SERVICE", 8: "GET_DEST", 11: "GET_DAEMON", 13: "GET_CONFIG", 15: "GET_INFO"}
RECEIVE_BUFFER = 4 << 20
DEVICE = "nlmon0"


@dataclass(frozen=True)
class Write:
    """One IPVS request seen on its way to the kernel."""

    at: float
    command: str
    port: int


def ipvs_family() -> int:
    """The number the kernel gave the IPVS netlink family; the same in every namespace."""
    name = b"IPVS\0"
    attribute = struct.pack("=HH", 4 + len(name), CTRL_ATTR_FAMILY_NAME) + name + b"\0" * 3
    payload = struct.pack("=BBH", CTRL_CMD_GETFAMILY, 1, 0) + attribute
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC) as netlink:
        netlink.bind((0, 0))
        netlink.send(
            struct.pack("=IHHII", 16 + len(payload), GENL_ID_CTRL, NLM_F_REQUEST, 1, 0) + payload
        )
        for kind, _, answer in messages(netlink.recv(65536)):
            if kind == GENL_ID_CTRL:
                for attribute_kind, value in attributes(answer[4:]):
                    if attribute_kind == CTRL_ATTR_FAMILY_ID:
                        return int(struct.unpack("=H", value)[0])
    raise OSError("the kernel has no IPVS netlink family; is ip_vs loaded?")


class WriteCounter:
    """Records IPVS requests of one namespace from the moment it is made."""

    def __init__(self, namespace: str) -> None:
        self.writes: list[Write] = []
        self.reads = 0
        self._family = ipvs_family()
        with network_namespace(namespace):
            run("ip", "link", "add", DEVICE, "type", "nlmon")
            ip_batch([f"link set {DEVICE} up"])
            self._tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self._tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            self._tap.bind((DEVICE, 0))
        threading.Thread(target=self._record, daemon=True).start()

    def _record(self) -> None:
        while True:
            data, (_, protocol, _, _, _) = self._tap.recvfrom(1 << 20)
            if protocol != NETLINK_GENERIC:
                continue
            now = time.monotonic()
            offset = 0
            for kind, flags, payload in messages(data):
                port = struct.unpack_from("=I", data, offset + 12)[0]
                offset += (16 + len(payload) + 3) & ~3
                if kind != self._family or not flags & NLM_F_REQUEST or not payload:
                    continue
                if payload[0] in WRITES:
                    self.writes.append(Write(now, WRITES[payload[0]], port))
                elif payload[0] in READS:
                    self.reads += 1

    def since(self, start: float) -> list[Write]:
        """The writes after a moment of the monotonic clock."""
        return [write for write in self.writes if write.at >= start]
