"""IPVS as the kernel shows it in /proc, read in the network namespace of a process."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from shell import read

# Only for tables below one page (4096 bytes): after that the kernel resumes by a count of this
# namespace's services where it left off by a count of all namespaces' (ip_vs_info_seq_next), and
# skips some. `ipvsadm -Sn` asks over netlink and is right for tables of any size.


@dataclass(frozen=True)
class Service:
    """One line of `ipvsadm -Ln` with its destinations: address:port -> weight."""

    key: str
    scheduler: str
    destinations: dict[str, int] = field(compare=True, hash=False)


# IPv4 stands as eight hexadecimal digits, IPv6 in brackets.
def _endpoint(text: str) -> str:
    host, _, port = text.rpartition(":")
    number = int(port, 16)
    if host.startswith("["):
        return f"[{ipaddress.ip_address(host[1:-1])}]:{number}"
    return f"{ipaddress.ip_address(int(host, 16))}:{number}"


def table(pid: int) -> dict[str, Service]:
    """The services of a director by key, such as `TCP 203.0.113.10:80` or `FWM 7`."""
    services: dict[str, Service] = {}
    current: Service | None = None
    for line in read(f"/proc/{pid}/net/ip_vs").splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] in ("TCP", "UDP", "SCTP"):
            current = Service(f"{words[0]} {_endpoint(words[1])}", words[2], {})
            services[current.key] = current
        elif words[0] == "FWM":
            current = Service(f"FWM {int(words[1], 16)}", words[2], {})
            services[current.key] = current
        elif words[0] == "->" and current is not None and words[1] != "RemoteAddress:Port":
            current.destinations[_endpoint(words[1])] = int(words[3])
    return services


def connections(pid: int) -> int:
    """Connections this director has been given since it started, all services together."""
    lines = read(f"/proc/{pid}/net/ip_vs_stats").splitlines()
    return int(lines[2].split()[0], 16) if len(lines) > 2 else 0


@dataclass(frozen=True)
class Entry:
    """One connection entry: a flow, and the real server the director chose for it."""

    protocol: str
    client: str
    port: int
    destination: str


def entries(path: str, wanted: Callable[[str], bool]) -> Iterator[Entry]:
    """The connection entries in an ip_vs_conn file whose client, as the kernel writes it, is
    wanted."""
    for line in read(path).splitlines()[1:]:
        words = line.split()
        if len(words) > 6 and wanted(words[1]):
            yield Entry(words[0], _address(words[1]), int(words[2], 16), _address(words[5]))


def flows(path: str, clients: set[str]) -> set[tuple[str, int]]:
    """The flows (client, port) of some clients that have a connection entry."""
    texts = {kernel_text(client) for client in clients}
    return {(entry.client, entry.port) for entry in entries(path, texts.__contains__)}


def packed(address: str) -> bytes:
    """An address as it stands in a packet."""
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def text(packed_address: bytes) -> str:
    """An address as people write it. Asked for by the thousand, so this is not `ipaddress`."""
    family = socket.AF_INET if len(packed_address) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, packed_address)


def kernel_text(address: str) -> str:
    """An address as ip_vs_conn has it: eight hexadecimal digits, or all of an IPv6 address."""
    digits = packed(address).hex()
    if len(digits) == 8:
        return digits.upper()
    return ":".join(digits[index:index + 4] for index in range(0, 32, 4))


def _address(text_of_kernel: str) -> str:
    return text(bytes.fromhex(text_of_kernel.replace(":", "")))


def client_ports(pid: int, client: str) -> set[int]:
    """The client's source ports this director holds an entry for: which requests came this
    way."""
    return {port for _, port in flows(connection_file(pid), {client})}


def connection_file(pid: int) -> str:
    """Where the kernel lists the connection entries of a process's namespace."""
    return f"/proc/{pid}/net/ip_vs_conn"


@dataclass(frozen=True)
class Listed:
    """A service as `ipvsadm -Ln --nosort` shows it, without what counts up and down."""

    #: The scheduler and its flags, such as `mh (mh-fallback,mh-port)`.
    scheduling: str
    #: `ADDRESS:PORT METHOD WEIGHT` of each destination in the order of the kernel's list.
    destinations: tuple[str, ...]

    @property
    def weights(self) -> list[tuple[str, int]]:
        """The address and weight of each destination, in the kernel's order."""
        return [
            (endpoint.rpartition(":")[0].strip("[]"), int(weight))
            for endpoint, _, weight in map(str.split, self.destinations)
        ]


def listing(text: str) -> dict[str, Listed]:
    """The services in the output of `ipvsadm -Ln --nosort`, whose order is the kernel's own for
    tables of any size."""
    found: dict[str, Listed] = {}
    key = ""
    for line in text.splitlines():
        words = line.split()
        if words and words[0] in ("TCP", "UDP", "SCTP", "FWM"):
            key = f"{words[0]} {words[1]}"
            found[key] = Listed(" ".join(words[2:]), ())
        elif words and words[0] == "->" and words[1] != "RemoteAddress:Port":
            seen = found[key]
            found[key] = Listed(
                seen.scheduling, (*seen.destinations, " ".join(words[1:4])))
    return found
