"""Cases: the command line for a lone director, beside ipvsadm on one table.

Everything happens in a network namespace of its own, with an IPVS table of its own.
"""

from __future__ import annotations

import http.server
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from harness import Lab, case, demand
from shell import ip_batch, network_namespace, run, wait_until

NAMESPACE = "lone"
PATH = f"/run/netns/{NAMESPACE}"
SERVERS = ("10.20.0.11", "10.20.0.12")
VIP = "203.0.113.10"

# Everything ipvsadm 1.31 can say. Addresses are near one another, because its own order of
# addresses that are more than 2^31 apart is an overflow; marks are below 2^31, because it prints
# larger ones as negative numbers.
MIXED = f"""\
-A -t {VIP}:80 -s mh -b mh-fallback,mh-port
-a -t {VIP}:80 -r 10.20.0.11:80 -g -w 1
-a -t {VIP}:80 -r 10.20.0.12:80 -g -w 2
-a -t {VIP}:80 -r 10.20.0.9:80 -g -w 0
-A -t {VIP}:443 -s wlc -p 360
-a -t {VIP}:443 -r 10.20.0.11:8443 -m -w 1
-a -t {VIP}:443 -r 10.20.0.12:443 -i -w 65535
-A -t 203.0.113.9:8080 -s rr -p 600 -M 255.255.255.0
-a -t 203.0.113.9:8080 -r 10.20.0.11:8080 -g
-A -u 203.0.113.53:53 -s rr -o
-a -u 203.0.113.53:53 -r 10.20.1.53:53 -i -w 10 --tun-type gue --tun-port 5555
-a -u 203.0.113.53:53 -r 10.20.1.54:53 -i -w 10 --tun-type gue --tun-port 5555 --tun-csum
-a -u 203.0.113.53:53 -r 10.20.1.55:53 -i -w 10 --tun-type gue --tun-port 5555 --tun-remcsum
-a -u 203.0.113.53:53 -r 10.20.1.56:53 -i -w 10 --tun-type gre
-a -u 203.0.113.53:53 -r 10.20.1.57:53 -i -w 10 --tun-type gre --tun-csum
-A --sctp-service 203.0.113.11:9 -s wrr
-a --sctp-service 203.0.113.11:9 -r 10.20.0.11:9 -m -w 5
-A -f 7 -s wrr
-a -f 7 -r 10.20.0.11:0 -g -w 3
-A -f 7 -6 -s wrr -p 300 -M 64
-a -f 7 -6 -r [2001:db8:20::11]:0 -g -w 4
-A -t [2001:db8:113::10]:80 -s mh -p 100 -M 96
-a -t [2001:db8:113::10]:80 -r [2001:db8:20::11]:80 -g -w 1
-a -t [2001:db8:113::10]:80 -r 10.20.0.14:80 -i -w 1
"""
VIEWS = ((), ("--stats",), ("--rate",), ("--stats", "--exact"), ("--thresholds",),
         ("--persistent-conn",), ("--tun-info",))
DEADLINE = 60.0


def inside(*command: str, text: str | None = None, check: bool = True) -> str:
    """Runs a command in the namespace."""
    return run("ip", "netns", "exec", NAMESPACE, *command, text=text, check=check)


def attempt(*command: str, text: str | None = None) -> tuple[int, str]:
    """The same, with its exit status."""
    done = subprocess.run(
        ("ip", "netns", "exec", NAMESPACE, *command), input=text, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=DEADLINE)
    return done.returncode, done.stdout


@contextmanager
def lone() -> Iterator[None]:
    """The namespace with an empty table, until the body ends."""
    ip_batch([f"netns add {NAMESPACE}"])
    try:
        ip_batch(["link set lo up"] + [
            f"addr add {address} dev lo"
            for address in (f"{VIP}/32", "10.20.0.1/24", *(f"{s}/32" for s in SERVERS))
        ], NAMESPACE)
        yield
    finally:
        ip_batch([f"netns del {NAMESPACE}"])


def kernel_order() -> str:
    """The destinations of each service in the kernel's own order."""
    # Which service comes first depends on the namespace and is no part of a table.
    entries: list[str] = []
    for line in inside("ipvsadm", "-Ln", "--nosort").splitlines()[3:]:
        if line.startswith("  ->"):
            entries[-1] += "\n" + line
        else:
            entries.append(line)
    return "\n".join(sorted(entries))


@case("ipvs list is ipvsadm -Ln, line by line, in every view")
def listing(lab: Lab) -> str:
    with lone():
        inside("ipvsadm", "-R", text=MIXED)
        for view in VIEWS:
            theirs = inside("ipvsadm", "-Ln", *view)
            ours = inside(lab.binary, "ipvs", "list", *view)
            demand(ours == theirs, f"{view}: ipvsadm says\n{theirs}\npenstock says\n{ours}")
        lines = len(theirs.splitlines())
        wanted = inside("ipvsadm", "-Ln", "--nosort")
        ours = inside(lab.binary, "ipvs", "list", "--kernel-order")
        demand(ours == wanted, f"--nosort is\n{wanted}\n--kernel-order is\n{ours}")
    return f"{len(VIEWS) + 1} views of {lines} lines"


@case("ipvs restore leaves what ipvsadm -R leaves, the kernel's order included; save goes back")
def restoring(lab: Lab) -> str:
    with lone():
        inside("ipvsadm", "-R", text=MIXED)
        saved, order = inside("ipvsadm", "-Sn"), kernel_order()
        inside("ipvsadm", "-C")
        # As in the README: a file by its name.
        with tempfile.NamedTemporaryFile("w", suffix=".rules") as rules_file:
            rules_file.write(MIXED)
            rules_file.flush()
            said = inside(lab.binary, "ipvs", "restore", rules_file.name)
        # One more than lines for each table that is built once, at the end.
        demand("operations carried out" in said and "refused" not in said, said)
        demand(inside("ipvsadm", "-Sn") == saved, f"it was\n{saved}\nit is\n"
               + inside("ipvsadm", "-Sn"))
        demand(kernel_order() == order, f"the order was\n{order}\nit is\n{kernel_order()}")
        rules = inside(lab.binary, "ipvs", "save")
        demand(inside(lab.binary, "ipvs", "save", "--sort") == saved, "save --sort is not -Sn")
        inside("ipvsadm", "-C")
        inside("ipvsadm", "-R", text=rules)
        demand(inside("ipvsadm", "-Sn") == saved, "ipvsadm -R of our file gives another table")
        demand(kernel_order() == order, "ipvsadm -R of our file gives another order")
    return f"{len(rules.splitlines())} rules"


@case("ipvs restore of a bad file names every bad line and changes nothing")
def bad_file(lab: Lab) -> str:
    with lone():
        inside("ipvsadm", "-R", text=MIXED)
        before = inside("ipvsadm", "-Sn")
        bad = f"-C\n-A -t {VIP}:81 -s rr\n-a -t {VIP}:81 -r 10.20.0.11 -w 70000\nfoo\n"
        status, answer = attempt(lab.binary, "ipvs", "restore", text=bad)
        demand(status == 65, f"it ended with {status}: {answer}")
        for place in (":3:", ":4:1:"):
            demand(f"(standard input){place}" in answer, f"no {place} in {answer}")
        demand(inside("ipvsadm", "-Sn") == before, "the table changed")
        # What the kernel refuses is named too, and stops nothing.
        status, answer = attempt(
            lab.binary, "ipvs", "restore", text=f"-A -t {VIP}:80 -s rr\n-A -t {VIP}:81 -s rr\n")
        demand(status == 1 and "(standard input):1: error[K313]" in answer, answer)
        demand(f"-A -t {VIP}:81 -s rr\n" in inside("ipvsadm", "-Sn"), "the second was not added")
    return answer.splitlines()[0]


@case("ipvs restore --replace writes what differs, and nothing when nothing does")
def replacing(lab: Lab) -> str:
    with lone():
        inside("ipvsadm", "-R", text=MIXED)
        inside("ipvsadm", "-e", "-t", f"{VIP}:80", "-r", "10.20.0.11:80", "-g", "-w", "9")
        inside("ipvsadm", "-A", "-t", f"{VIP}:99", "-s", "rr")
        plan = inside(lab.binary, "ipvs", "restore", "-q", "--replace", "--dry-run", text=MIXED)
        demand(plan.splitlines() == [
            f"-D -t {VIP}:99", f"-e -t {VIP}:80 -r 10.20.0.11:80 -g -w 1"], f"the plan is {plan}")
        inside(lab.binary, "ipvs", "restore", "--replace", text=MIXED)
        plan = inside(lab.binary, "ipvs", "restore", "-q", "--replace", "--dry-run", text=MIXED)
        demand(plan == "", f"still to do: {plan}")
    return "2 writes, then none"


class Quiet(http.server.BaseHTTPRequestHandler):
    """Answers every request with an empty 200."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the console is for results."""


class Server:
    """A real server in the namespace, which can be killed and revived."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.revive()

    def revive(self) -> None:
        """Listens again."""
        with network_namespace(PATH):
            self._server = http.server.ThreadingHTTPServer((self.address, 80), Quiet)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def kill(self) -> None:
        """Refuses connections from now on."""
        self._server.shutdown()
        self._server.server_close()


# The kernel works rates out every two seconds, and averages them.
RATE_SECONDS = 8.0


@case("ipvs watch shows what passes now, busiest first; and nothing of what has passed")
def watching(lab: Lab) -> str:
    with lone():
        for port in (80, 81):
            inside("ipvsadm", "-A", "-t", f"{VIP}:{port}", "-s", "rr")
            inside("ipvsadm", "-a", "-t", f"{VIP}:{port}", "-r", f"{SERVERS[0]}:80", "-m")
        server = Server(SERVERS[0])
        began, requests = time.monotonic(), 0
        process = subprocess.Popen(
            ("ip", "netns", "exec", NAMESPACE, lab.binary, "ipvs", "watch", "--interval", "2s",
             "--count", "5"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        # Only the second service is asked, so it has to come first.
        while time.monotonic() - began < RATE_SECONDS:
            with network_namespace(PATH), socket.create_connection((VIP, 81), DEADLINE) as asking:
                asking.sendall(b"GET / HTTP/1.0\r\n\r\n")
                requests += len(asking.recv(4096)) > 0
        said = process.communicate(timeout=DEADLINE)[0]
        server.kill()
    demand(process.returncode == 0, f"it ended with {process.returncode}: {said}")
    tables = [table.splitlines() for table in said.split("\n\n")]
    demand(len(tables) == 5, f"{len(tables)} tables: {said}")
    # `tcp ADDRESS:PORT`, or a server's address; then connections and packets per second.
    rows = [re.split(r"  +", line.strip()) for line in tables[-1][1:]]
    # Thousands are set apart.
    rates = [[int(re.sub(r"\D", "", cell)) for cell in row[1:3]] for row in rows]
    demand([row[0] for row in rows] == [
        f"tcp {VIP}:81", f"{SERVERS[0]}:80", f"tcp {VIP}:80", f"{SERVERS[0]}:80"], said)
    demand(all(rate > 0 for row in rates[:2] for rate in row), f"no rates: {said}")
    demand(all(rate == 0 for row in rates[2:] for rate in row), f"nobody asked: {said}")
    return f"{rows[0][1]} connections/s shown while {requests / RATE_SECONDS:.0f}/s were made"


@case("ipvs without the capability, or in a user namespace: exit 77, and which of the two it is")
def not_permitted(lab: Lab) -> str:
    ways = (
        ("setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin"),
        ("unshare", "--user", "--map-root-user", "--net"),
    )
    said = []
    for way in ways:
        for words in (("list",), ("save",), ("restore",), ("watch", "--count", "1")):
            done = subprocess.run(
                (*way, lab.binary, "ipvs", *words), input="-C\n", stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, timeout=DEADLINE)
            demand(done.returncode == 77, f"{way[0]} {words}: {done.returncode} {done.stdout}")
        said.append(done.stdout)
    demand("CAP_NET_ADMIN" in said[0] and "user namespace" in said[1], f"it says {said}")
    demand(said[0] != said[1], f"both say {said[0]}")
    return "list, save, restore and watch"


def weights() -> dict[str, int]:
    """The real servers and their weights, by ipvsadm."""
    words = [line.split() for line in inside("ipvsadm", "-Sn").splitlines()]
    return {line[4]: int(line[7]) for line in words if line[0] == "-a"}


def expect(wanted: dict[str, int]) -> None:
    """Waits until exactly these real servers have these weights."""
    wait_until(f"the weights {wanted}", lambda: (weights() == wanted, str(weights())))


@case("care: a server that dies leaves, comes back when revived; stopped and cleaned up")
def caring(lab: Lab) -> str:
    first, second = (f"{address}:80" for address in SERVERS)
    care = (lab.binary, "care", "--vs", f"{VIP}:80", "--rs", first, f"{second}@3",
            "--forward", "nat", "--scheduler", "rr", "--check", "http", "--every", "500ms",
            "--check-timeout", "3s")
    with lone():
        # A neighbour's service must not be touched.
        inside("ipvsadm", "-A", "-t", "203.0.113.9:80", "-s", "rr")
        servers = [Server(address) for address in SERVERS]
        status, answer = attempt(*care, "--run-once")
        demand(status == 0 and weights() == {first: 1, second: 3}, f"{status} {answer}")
        status, answer = attempt(*care, "--run-once")
        demand(status == 0 and "nothing to change" in answer, f"{status} {answer}")
        process = subprocess.Popen(
            ("ip", "netns", "exec", NAMESPACE, *care), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            time.sleep(2)
            servers[1].kill()
            expect({first: 1})
            servers[1].revive()
            expect({first: 1, second: 3})
            inside("ipvsadm", "-C")
            expect({first: 1, second: 3})
            inside("ipvsadm", "-A", "-t", "203.0.113.9:80", "-s", "rr")
            servers[0].kill()
            expect({second: 3})
        finally:
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=DEADLINE)[0]
        demand(process.returncode == 0, f"it ended with {process.returncode}: {said}")
        demand("the table stays as it is" in said, said)
        demand(weights() == {second: 3}, "it did not leave the table as it was")
        status, answer = attempt(*care, "--run-once")
        demand(status == 1, f"a server is down, and --run-once ended with {status}: {answer}")
        status, answer = attempt(*care, "--clean")
        left = inside("ipvsadm", "-Sn")
        demand(status == 0 and left == "-A -t 203.0.113.9:80 -s rr\n", f"{status} {answer} {left}")
        servers[1].kill()
    return f"{len(said.splitlines())} lines said"
