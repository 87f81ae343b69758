"""Real servers by the dozen for the price of one: a namespace that owns all their addresses.

Connections are closed as soon as they are accepted, which is all that a check by connection asks
for; what is sent to a VIP is swallowed, because no VIP is bound there.
"""

from __future__ import annotations

from fabric import RealServer
from shell import ip_batch, write_sysctls
from worker import Worker

NAME = "farm"
# So many have a listening socket of their own, and can fail one by one.
SINGLE = 16
# The others' sockets have port 80 of every address.
SINGLE_PORT = 8080


def address(number: int, family: int) -> str:
    """The address of a server that can fail by itself; numbers from 1."""
    return f"2001:db8:20::8:{number:x}" if family == 6 else f"10.20.8.{number}"


class Farm:
    """The namespace and its one process; made once, when first needed."""

    _made: Farm | None = None

    @classmethod
    def shared(cls) -> Farm:
        """The farm of this lab."""
        if cls._made is None:
            cls._made = cls()
        return cls._made

    def __init__(self) -> None:
        ip_batch([
            f"netns add {NAME}",
            f"link add farm-servers type veth peer name eth0 netns {NAME}",
            "link set farm-servers master br-servers", "link set farm-servers up",
        ])
        write_sysctls(f"/run/netns/{NAME}", {
            "net/ipv6/conf/all/accept_dad": "0", "net/ipv6/conf/default/accept_dad": "0",
        })
        # A thousand neighbours is more than the kernel's default allows.
        write_sysctls("/proc/self/ns/net", {
            "net/ipv4/neigh/default/gc_thresh2": "4096",
            "net/ipv4/neigh/default/gc_thresh3": "8192",
        })
        ip_batch([
            "link set lo up", "link set eth0 up", "addr add 10.20.0.20/16 dev eth0",
            # A whole range is local, so that one socket answers for a thousand addresses.
            "route add local 10.20.4.0/22 dev lo",
            *(f"addr add {address(n, 4)}/32 dev eth0" for n in range(1, SINGLE + 1)),
            *(f"addr add {address(n, 6)}/64 dev eth0 nodad" for n in range(1, SINGLE + 1)),
        ], NAME)
        # Kept, so that the processes live as long as the lab.
        self._server = RealServer(NAME, "--hang-up")
        self._single = Worker(f"/run/netns/{NAME}", "pool_worker.py")
        self.mend(*range(1, SINGLE + 1))

    def fail(self, *numbers: int) -> None:
        """From now on these servers refuse connections, in both families."""
        self._say("close", numbers)

    def mend(self, *numbers: int) -> None:
        """They accept connections, again or still."""
        self._say("listen", numbers)

    def _say(self, word: str, numbers: tuple[int, ...]) -> None:
        addresses = [address(n, family) for n in numbers for family in (4, 6)]
        self._single.say({"op": word, "addresses": addresses, "port": SINGLE_PORT})
