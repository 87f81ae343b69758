"""Cases: the IPVS and FRR libraries by themselves, through their own tests, on the real thing.

The IPVS tests are the ones of `Tests/IPVSTests/RealKernel`, run from the binary that was built on the
host, each time in a state of kernel and process that the environment names.
"""

from __future__ import annotations

import re
import subprocess

from harness import Lab, case, demand
from shell import Failed, ip_batch, read, run, write_sysctls
from swift_tests import run_tests

NAMESPACE = "library"
MODPROBE = "/proc/sys/kernel/modprobe"
ABSENT = "the IPVS library says so when the kernel has no IPVS"

# The binaries with the tests and with the example, and what they said before the fabric was there.
_binary = ""
_example = ""
_without: str | Failed = Failed("nobody looked")


def prepare(binary: str, example: str, penstock: str, pattern: str) -> None:
    """Looks at a kernel without IPVS, which is no more to be had once directors use it."""
    global _binary, _example, _without
    _binary, _example = binary, example
    if not re.search(pattern, ABSENT, re.IGNORECASE):
        return
    loader = read(MODPROBE).strip()
    loaded = [line.split()[0] for line in read("/proc/modules").splitlines()]
    mine = [name for name in loaded if name.startswith("ip_vs")]
    try:
        # Users before what they use; ip_vs itself is the last.
        run("modprobe", "-r", *sorted(mine, reverse=True))
        with open(MODPROBE, "w", encoding="ascii") as file:
            file.write("/bin/false")
        _without = tests("RealIPVSRefusalTests", "absent")
        said = run(_example, check=False)
        demand("error[K301]" in said and "modprobe" in said, f"the example said: {said}")
        done = subprocess.run(
            [penstock, "ipvs", "list"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        demand(done.returncode == 69 and "error[K301]" in done.stdout,
               f"penstock ipvs list ended with {done.returncode}: {done.stdout}")
    except (Failed, OSError, subprocess.TimeoutExpired) as error:
        _without = Failed(str(error))
    finally:
        with open(MODPROBE, "w", encoding="ascii") as file:
            file.write(loader)
        run("modprobe", "-a", *mine)


def tests(suite: str, state: str, *wrapper: str) -> str:
    """Runs a suite in a state of the kernel; every test of it has to run, and to pass."""
    run = run_tests(_binary, f"{suite}/", {"PENSTOCK_REAL_IPVS": state}, *wrapper)
    run.demand_all(suite)
    return f"{len(run.passed)} test{'' if len(run.passed) == 1 else 's'}"


def namespace() -> None:
    """A network namespace of its own, with addresses to be VIPs and a link that multicasts."""
    run("ip", "netns", "delete", NAMESPACE, check=False)
    ip_batch([f"netns add {NAMESPACE}"])
    # Duplicate address detection makes an address useless for a second or two.
    write_sysctls(f"/run/netns/{NAMESPACE}", {
        "net/ipv6/conf/all/accept_dad": "0", "net/ipv6/conf/default/accept_dad": "0",
    })
    ip_batch([
        "link set lo up",
        "addr add 192.0.2.10/32 dev lo", "addr add 2001:db8:113::10/128 dev lo nodad",
        "link add fabric0 type bridge", "link set fabric0 up",
        "addr add 10.0.0.254/24 dev fabric0", "addr add 2001:db8:a::fe/64 dev fabric0 nodad",
    ], NAMESPACE)


@case("the IPVS library gets back from the kernel every attribute it sends")
def every_attribute(_: Lab) -> str:
    namespace()
    return tests("RealIPVSTests", "ready", "ip", "netns", "exec", NAMESPACE)


@case("the IPVS library's example does what it says, and leaves no trace")
def the_example(_: Lab) -> None:
    namespace()
    inside = ("ip", "netns", "exec", NAMESPACE)
    run(*inside, "ipvsadm", "-A", "-u", "192.0.2.10:53", "-s", "rr", "-o")
    before = run(*inside, "ipvsadm", "-Sn")
    said = run(*inside, _example)
    for words in (
        "before: 1 services", "udp 192.0.2.10:53 rr ops", "balanced: 2 services",
        "tcp 192.0.2.254:8080 mh mh-fallback mh-port",
        "-> 192.0.2.11:8080 directRouting weight 3", "-> 192.0.2.12:8080 directRouting weight 10",
        "there is no 192.0.2.13:8080 to remove", "after: 1 services",
    ):
        demand(words in said, f"`{words}` is not in what the example said: {said}")
    after = run(*inside, "ipvsadm", "-Sn")
    demand(before == after, f"the example left a trace: {before!r} became {after!r}")


@case("the IPVS library names the missing capability")
def without_the_capability(_: Lab) -> str:
    return tests(
        "RealIPVSRefusalTests", "lacking",
        "setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin",
    )


@case("the IPVS library names the user namespace of an unprivileged container")
def in_a_user_namespace(_: Lab) -> str:
    return tests(
        "RealIPVSRefusalTests", "namespaced", "unshare", "--user", "--map-root-user", "--net",
    )


@case(ABSENT)
def without_ipvs(_: Lab) -> str:
    if isinstance(_without, Failed):
        raise _without
    return _without


@case("bgpd answers the FRR library as the fakes of its tests do")
def bgpd_answers(lab: Lab) -> str:
    # A prefix outside the owned ranges comes and goes: Penstock has no eyes for it.
    run = run_tests(_binary, "RealBGPDTests/", {"PENSTOCK_BGPD_VTY": lab.a.vty.path})
    run.demand_all("RealBGPDTests")
    return f"{len(run.passed)} tests"
