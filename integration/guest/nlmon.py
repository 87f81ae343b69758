"""Counts what is written to IPVS in a network namespace, by whomever.

A netlink monitor device sees every message of its namespace. Only requests that change something
count; questions and answers do not. This is how "no write" is shown rather than believed.

A monitor that misses a frame would show that as well, so this one cannot miss one in silence: a
filter keeps answers out (one list of five services is more than a socket's usual buffer holds), the
kernel's count of what it dropped has to be 0, and before anything is concluded a question of the
monitor's own has to have come by, behind everything that was sent before it.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import threading
import time
from dataclasses import dataclass

from routes import attributes, messages
from shell import DEADLINE, Failed, ip_batch, network_namespace, run

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
GET_INFO = 15
# What a table of 11,000 entries takes to load, many times over; without FORCE the kernel would
# grant a twentieth of it (net.core.rmem_max).
RECEIVE_BUFFER = 64 << 20
# The longest frame: Penstock sends up to 256 KiB at a time.
FRAME = 1 << 20
CLOCK_READINGS = 32
DEVICE = "nlmon0"
# The monitor's own address: no process has such a number, and libnl would need 500 sockets to.
PORT = 0x7E570000

# asm-generic/socket.h, linux/if_packet.h; Python has no names for these.
SO_ATTACH_FILTER, SO_RCVBUFFORCE, SO_TIMESTAMPNS = 26, 33, 35
SOL_PACKET, PACKET_STATISTICS = 263, 6
# Classic BPF: requests of generic netlink, whole. The protocol stands beside the frame (linux/
# filter.h: SKF_AD_OFF + SKF_AD_PROTOCOL); the low byte of nlmsg_flags is byte 6 of the frame.
FILTER = (
    (0x28, 0, 0, 0xFFFFF000),  # ldh protocol
    (0x15, 0, 3, NETLINK_GENERIC),  # jne: drop
    (0x30, 0, 0, 6),  # ldb flags
    (0x45, 0, 1, NLM_F_REQUEST),  # jset, or drop
    (0x06, 0, 0, 0xFFFFFFFF),  # ret: all of it
    (0x06, 0, 0, 0),  # ret: nothing
)


@dataclass(frozen=True)
class Write:
    """One IPVS request seen on its way to the kernel."""

    at: float
    command: str
    port: int


def question(command: int, family: int, sequence: int, payload: bytes = b"") -> bytes:
    """A request of generic netlink, which says who asks."""
    body = struct.pack("=BBH", command, 1, 0) + payload
    return struct.pack("=IHHII", 16 + len(body), family, NLM_F_REQUEST, sequence, PORT) + body


def ipvs_family() -> int:
    """The number the kernel gave the IPVS netlink family; the same in every namespace."""
    name = b"IPVS\0"
    attribute = struct.pack("=HH", 4 + len(name), CTRL_ATTR_FAMILY_NAME) + name + b"\0" * 3
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC) as netlink:
        netlink.bind((0, 0))
        netlink.send(question(CTRL_CMD_GETFAMILY, GENL_ID_CTRL, 1, attribute))
        for kind, _, answer in messages(netlink.recv(65536)):
            if kind == GENL_ID_CTRL:
                for attribute_kind, value in attributes(answer[4:]):
                    if attribute_kind == CTRL_ATTR_FAMILY_ID:
                        return int(struct.unpack("=H", value)[0])
    raise OSError("the kernel has no IPVS netlink family; is ip_vs loaded?")


def wall_clock_ahead() -> float:
    """What the clock that frames are stamped with is ahead of the one that cases go by."""
    # Whatever stands still between two readings makes the first look older than it is.
    return max(time.time() - time.monotonic() for _ in range(CLOCK_READINGS))


class WriteCounter:
    """Records IPVS requests of one namespace from the moment it is made."""

    def __init__(self, namespace: str) -> None:
        self._writes: list[Write] = []
        self._reads = 0
        # The newest question of our own that came by, and the newest that was sent.
        self._heard = 0
        self._asked = 0
        self._news = threading.Condition()
        self._asking_alone = threading.Lock()
        self._ahead = wall_clock_ahead()
        self._family = ipvs_family()
        with network_namespace(namespace):
            run("ip", "link", "add", DEVICE, "type", "nlmon")
            ip_batch([f"link set {DEVICE} up"])
            # Bound last: until then the socket hears nothing, and the filter is there.
            self._tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self._listen()
            self._own = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
            self._own.bind((PORT, 0))
            self._own.settimeout(DEADLINE)
        threading.Thread(target=self._record, daemon=True).start()

    def _listen(self) -> None:
        code = b"".join(struct.pack("=HBBI", *line) for line in FILTER)
        held = ctypes.create_string_buffer(code)
        program = struct.pack("@HP", len(FILTER), ctypes.addressof(held))
        self._tap.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
        self._tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        # When it was sent counts, and not when somebody got round to reading it.
        self._tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._tap.bind((DEVICE, 3))

    def _record(self) -> None:
        while True:
            data, notes, _, _ = self._tap.recvmsg(FRAME, 64)
            at = self._moment(notes)
            offset = 0
            for kind, flags, payload in messages(data):
                sequence, port = struct.unpack_from("=II", data, offset + 8)
                offset += (16 + len(payload) + 3) & ~3
                if kind != self._family or not flags & NLM_F_REQUEST or not payload:
                    continue
                if port == PORT:
                    with self._news:
                        self._heard = sequence
                        self._news.notify_all()
                elif payload[0] in WRITES:
                    self._writes.append(Write(at, WRITES[payload[0]], port))
                elif payload[0] in READS:
                    self._reads += 1

    def _moment(self, notes: list[tuple[int, int, bytes]]) -> float:
        """The kernel's time of a frame, by the monotonic clock."""
        for level, kind, value in notes:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("@qq", value)
                return float(seconds + nanoseconds / 1e9 - self._ahead)
        raise OSError("a frame of the netlink monitor has no time")

    def _settle(self) -> None:
        """Waits until all that was sent before has been recorded; fails if anything was lost."""
        with self._asking_alone:
            self._asked += 1
            self._own.send(question(GET_INFO, self._family, self._asked))
            self._own.recv(65536)
            with self._news:
                heard = self._news.wait_for(lambda: self._heard >= self._asked, DEADLINE)
        statistics = self._tap.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
        lost = struct.unpack("=II", statistics)[1]
        if lost or not heard:
            raise Failed(
                f"the netlink monitor lost {lost} frames, and its own question"
                f" {'came by' if heard else 'did not come by'}: what it counted is worth nothing")

    @property
    def writes(self) -> list[Write]:
        """All writes so far."""
        self._settle()
        return list(self._writes)

    @property
    def reads(self) -> int:
        """How many questions were asked so far, but for the monitor's own."""
        self._settle()
        return self._reads

    def since(self, start: float) -> list[Write]:
        """The writes after a moment of the monotonic clock."""
        return [write for write in self.writes if write.at >= start]
