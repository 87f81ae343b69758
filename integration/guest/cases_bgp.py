"""Announcements: what routers are told, and what Penstock does when bgpd is not as it left it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cases_drain import LOOK_SECONDS, bgpd_frozen, expect_levels, level, levels, paths, traffic
from director import Director
from fabric import SERVERS, VIP4, VIP6, VIPS
from harness import BOTH, Lab, case, demand
from shell import Failed, read, wait_until

# Longer than a few rounds of read-back.
WATCH_SECONDS = 8.0
# What the configuration says after `repairs`.
REPAIRS = 3
FRR_RELOAD = "/usr/lib/frr/frr-reload.py"


@contextmanager
def configured(lab: Lab, director: Director, *changes: tuple[str, str]) -> Iterator[None]:
    """Another configuration while the body runs: each text replaced once by another."""
    with open(director.config, encoding="utf-8") as file:
        good = file.read()
    text = good
    for old, new in changes:
        demand(old in text, f"the configuration has no {old!r}")
        text = text.replace(old, new, 1)
    try:
        director.configure(lab.binary, text)
        yield
    finally:
        with open(director.config, "w", encoding="utf-8") as file:
            file.write(good)
        if director.penstock_pid() != 0:
            director.penstock(lab.binary, "reload", check=False)


def restarted(lab: Lab, director: Director) -> None:
    """What a reload does not change takes a restart, which is neutral."""
    director.stop_penstock(signal.SIGTERM)
    director.start_penstock(lab.binary)
    lab.wait_ready(director)


def explain(lab: Lab, director: Director, vip: str = "web") -> str:
    return director.penstock(lab.binary, "explain", vip, check=False)


def expect_said(lab: Lab, director: Director, *words: str) -> str:
    """Waits until `explain` says all of these."""
    def look() -> tuple[bool, str]:
        seen = explain(lab, director)
        return all(word.lower() in seen.lower() for word in words), seen

    return wait_until(f"`explain web` to say {words}", look, every=0.5)


# -- what is announced -----------------------------------------------------------------------------


@case("communities, MED and prepend of a VIP arrive at the router, and change without a gap")
def attributes(lab: Lab) -> str:
    lab.steady()
    began = time.monotonic()
    policy = (
        'communities: ["65001:100", "65001:200"], large-communities: ["65001:1:2"],'
        " med: 50, prepend: 2"
    )
    with configured(lab, lab.a, ("advertise: { hold-up: 0s, damping: off }",
                                 f"advertise: {{ hold-up: 0s, damping: off, {policy} }}")):
        def arrived() -> tuple[bool, Any]:
            found = paths(lab, lab.a, VIP4)
            if not found:
                return False, "no path"
            path = found[0]
            seen = (
                path.get("community", {}).get("string"),
                path.get("largeCommunity", {}).get("string"),
                path.get("metric", path.get("med")),
                path.get("aspath", {}).get("string"),
            )
            return seen == ("65001:100 65001:200", "65001:1:2", 50, "65001 65001 65001"), seen

        seen = wait_until("the attributes at the router", arrived, every=LOOK_SECONDS)
        demand(level(lab, lab.a, VIP6) == "normal", "the other VIP lost its path")
        told = lab.a.penstock(lab.binary, "show", "bgp")
        demand("65001:100" in told, f"`show bgp` does not say what is announced: {told}")
        maps = lab.a.vty.text("show running-config")
        demand("route-map PENSTOCK-" in maps, f"no route-map of ours: {maps}")
    wait_until("plain paths again", lambda: (
        "community" not in paths(lab, lab.a, VIP4)[0], str(paths(lab, lab.a, VIP4))))
    gone = [e for e in lab.fabric.routes.since(began, VIP4) if e.gone]
    demand(not gone, f"the route went away meanwhile: {gone}")
    wait_until("our route-maps to be cleaned up", lambda: (
        "route-map PENSTOCK-" not in (seen := lab.a.vty.text("show running-config")), seen),
        every=1.0)
    return str(seen)


@case("link bandwidth follows healthy capacity in coarse steps")
def bandwidth(lab: Lab) -> str:
    lab.steady()

    def announced() -> str:
        found = paths(lab, lab.a, VIP4)
        return str((found[0] if found else {}).get("extendedCommunity", {}).get("string", "none"))

    steps = "bandwidth: { per-weight: 100, steps: 3 }"
    with configured(lab, lab.a, ("advertise: { hold-up: 0s, damping: off }",
                                 f"advertise: {{ hold-up: 0s, damping: off, {steps} }}")):
        full = wait_until("a bandwidth at the router", lambda: (
            "LB:" in announced(), announced()), every=LOOK_SECONDS)
        lab.fabric.servers["rs3"].kill()
        lab.expect_weights(lab.a, set(SERVERS) - {"rs3"})
        less = wait_until("less bandwidth at the router", lambda: (
            "LB:" in announced() and announced() != full, announced()), every=LOOK_SECONDS)
        lab.fabric.servers["rs3"].revive()
        wait_until("all of it again", lambda: (announced() == full, announced()),
                   every=LOOK_SECONDS)
    lab.steady()
    return f"{full} with three servers, {less} with two"


# -- why it is not announced -----------------------------------------------------------------------


def by_hand(director: Director, *lines: str) -> None:
    director.vty.configure("router bgp 65001", *lines)


FAMILY = "address-family ipv4 unicast"
PEER = "10.0.0.1"


@case("explain says why a configured VIP is sent to nobody: each cause made, named and mended")
def obstacles(lab: Lab) -> str:
    lab.steady()
    lab.a.vty.configure("ip prefix-list NOBODY seq 10 deny any")
    told = []
    for name, broken, mended, words in (
        ("session shut down", (f"neighbor {PEER} shutdown",), (f"no neighbor {PEER} shutdown",),
         (PEER, "shut down by an operator")),
        ("outbound filter", (FAMILY, f"neighbor {PEER} prefix-list NOBODY out"),
         (FAMILY, f"neighbor {PEER} prefix-list VIPS out"), (PEER, "NOBODY")),
        ("family not activated", (FAMILY, f"no neighbor {PEER} activate"),
         (FAMILY, f"neighbor {PEER} activate"), (PEER, "activate")),
    ):
        by_hand(lab.a, *broken)
        try:
            lab.fabric.expect_announcers({"director-b"}, (VIP4,))
            seen = expect_said(lab, lab.a, *words)
        except Failed as error:
            raise Failed(f"{name}: {error}") from error
        finally:
            by_hand(lab.a, *mended)
        told.append(f"{name}: {seen.strip().splitlines()[-1][:100]}")
        lab.fabric.expect_announcers(BOTH)
    lab.a.vty.configure("no ip prefix-list NOBODY")
    return "; ".join(told)


SECOND_PEER = "10.0.0.12"


@case("explain says why a second peer is not sent a VIP that the first is: its filter, by name")
def second_peer(lab: Lab) -> str:
    lab.steady()
    for director in lab.fabric.directors:
        director.vty.configure("ip prefix-list NOBODY seq 10 deny any")
    by_hand(lab.b, "neighbor 10.0.0.11 remote-as 65001", "neighbor 10.0.0.11 passive", FAMILY,
            "neighbor 10.0.0.11 activate", "neighbor 10.0.0.11 prefix-list NOBODY in",
            "neighbor 10.0.0.11 prefix-list NOBODY out")
    by_hand(lab.a, f"neighbor {SECOND_PEER} remote-as 65001",
            f"neighbor {SECOND_PEER} timers connect 1", FAMILY, f"neighbor {SECOND_PEER} activate",
            f"neighbor {SECOND_PEER} prefix-list NOBODY in",
            f"neighbor {SECOND_PEER} prefix-list NOBODY out")
    try:
        words = f"{SECOND_PEER} is not sent it (F111"
        seen = expect_said(lab, lab.a, f"{PEER} is sent it", words, "NOBODY")
        said = next(line for line in seen.splitlines() if words in line)
        lab.fabric.expect_announcers(BOTH)
        for command in (("status",), ("show", "bgp")):
            told = lab.a.penstock(lab.binary, *command)
            demand(SECOND_PEER in told and "NOBODY" in told, f"{command} does not say it: {told}")
        # One that lets it pass is no longer named.
        lab.a.vty.configure("router bgp 65001", FAMILY,
                            f"no neighbor {SECOND_PEER} prefix-list NOBODY out")
        expect_said(lab, lab.a, f"{SECOND_PEER} is sent it")
        told = lab.a.penstock(lab.binary, "status")
        demand("NOBODY" not in told, f"still named: {told}")
    finally:
        by_hand(lab.a, f"no neighbor {SECOND_PEER}")
        by_hand(lab.b, "no neighbor 10.0.0.11")
        for director in lab.fabric.directors:
            director.vty.configure("no ip prefix-list NOBODY")
    lab.steady()
    return said.strip()[:200]


def way(lab: Lab, director: Director, vip: str = "web") -> dict[str, list[dict[str, Any]]]:
    """What each place on a VIP's way to routers says, as `explain --json` has it."""
    told = director.penstock(lab.binary, "explain", vip, "--json")
    places: dict[str, list[dict[str, Any]]] = {}
    for row in json.loads(told)["vip"]["path"]:
        places.setdefault(str(row["name"]), []).append(row)
    return places


def says(lab: Lab, director: Director, place: str, standing: str, words: str) -> str:
    """Waits until a place says these words with this mark."""
    def look() -> tuple[bool, str]:
        rows = way(lab, director).get(place, [])
        good = any(row["standing"] == standing and words in row["text"] for row in rows)
        return good, f"{place}: {rows}"

    return wait_until(f"{place} to be {standing} with {words!r}", look, every=0.5)


@case("explain follows an announced VIP from the kernel through zebra and bgpd to each peer")
def followed(lab: Lab) -> str:
    lab.steady()
    by_prefix = explain(lab, lab.a, f"{VIP4}/32")
    seen = explain(lab, lab.a)
    for word in ("vip0", "zebra", "bgpd", f"peer {PEER}", "is sent it, normal"):
        demand(word in seen, f"`explain web` does not say {word!r}: {seen}")
        demand(word in by_prefix, f"`explain {VIP4}/32` does not say {word!r}: {by_prefix}")
    places = way(lab, lab.a)
    bad = [row for rows in places.values() for row in rows if row["standing"] == "closed"]
    demand(not bad, f"of a healthy VIP it says {bad}")
    demand({"kernel", "zebra", "bgpd", "bgpd table", f"peer {PEER}"} <= set(places),
           f"only {sorted(places)}")
    for director in lab.fabric.directors:
        v6 = way(lab, director, "web-v6")
        demand("peer 2001:db8:a::1" in v6 and f"peer {PEER}" not in v6,
               f"{director.name}: {sorted(v6)}")
    return "; ".join(f"{place}: {row['text']}" for place, rows in places.items()
                     for row in rows)[:400]


@case("control: explain tells of every place what was changed there by hand")
def followed_elsewhere(lab: Lab) -> str:
    lab.steady()
    told = []
    # It says nothing, and the rest of the way is told all the same.
    zebra = lab.a.inside("cat", "/run/frr/zebra.pid").strip()
    lab.a.inside("kill", "-STOP", zebra)
    try:
        told.append(says(lab, lab.a, "zebra", "none", "it did not answer"))
        demand(way(lab, lab.a)[f"peer {PEER}"][0]["standing"] == "open", "the peer's row went too")
    finally:
        lab.a.inside("kill", "-CONT", zebra)
    says(lab, lab.a, "zebra", "open", "has selected")
    policy = 'communities: ["65001:77"]'
    with configured(lab, lab.a, ("advertise: { hold-up: 0s, damping: off }",
                                 f"advertise: {{ hold-up: 0s, damping: off, {policy} }}")):
        told.append(says(lab, lab.a, f"peer {PEER}", "open", "community 65001:77"))
        says(lab, lab.a, "bgpd", "open", "route-map PENSTOCK-N-")
    says(lab, lab.a, f"peer {PEER}", "open", "is sent it, normal")
    by_hand(lab.a, f"neighbor {PEER} shutdown")
    try:
        told.append(says(lab, lab.a, f"peer {PEER}", "closed", "is not sent it"))
    finally:
        by_hand(lab.a, f"no neighbor {PEER} shutdown")
    lab.fabric.expect_announcers(BOTH)
    says(lab, lab.a, "kernel", "open", "is on vip0, which is up")
    # A rule before the table of what is local: the address is there, and nobody gets its packets.
    local = ("pref", "10", "lookup", "local")
    lab.a.inside("ip", "rule", "add", *local)
    lab.a.inside("ip", "rule", "add", "pref", "5", "to", f"{VIP4}/32", "blackhole")
    lab.a.inside("ip", "rule", "del", "pref", "0", "lookup", "local")
    try:
        told.append(says(lab, lab.a, "kernel", "closed", "are not delivered here"))
    finally:
        lab.a.inside("ip", "rule", "add", "pref", "0", "lookup", "local")
        lab.a.inside("ip", "rule", "del", "pref", "5", "to", f"{VIP4}/32", "blackhole")
        lab.a.inside("ip", "rule", "del", *local)
    says(lab, lab.a, "kernel", "open", "are delivered here")
    lab.steady()
    return "; ".join(told)[:400]


README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "README.md")


def readme_samples() -> dict[str, list[str]]:
    """What the README says that commands print, by command."""
    with open(README, encoding="utf-8") as file:
        blocks = file.read().split("```")
    block = next(b for b in blocks if b.startswith("text\n$ penstock "))
    samples: dict[str, list[str]] = {}
    for part in block.removeprefix("text\n").strip().split("\n\n$ "):
        command, *lines = part.removeprefix("$ ").splitlines()
        samples[command.removeprefix("penstock ")] = lines
    return samples


def timeless(lines: list[str]) -> list[str]:
    """Lines without what differs from one look to the next: times, digests, rates, widths."""
    told = []
    for line in lines:
        for pattern, word in (
            (r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME"), (r"\b\d+(\.\d+)? (ms|s|min|h)\b", "SPAN"),
            (r"\b\d+[smhd]\b", "AGE"), (r"\b[0-9a-f]{16}\b", "DIGEST"),
            (r"config [0-9a-f]{8}\b", "config DIGEST"), (r" +(–|\d[\d ]*)$", " RATE"),
            (r"\s+", " "),
        ):
            line = re.sub(pattern, word, line)
        told.append(line.strip())
    return told


@case("the README shows what `status` and `explain` print, with one real server of three dead")
def readme(lab: Lab) -> str:
    lab.steady()
    lab.fabric.servers["rs3"].kill()
    lab.expect_weights(lab.a, set(SERVERS) - {"rs3"})
    samples = readme_samples()
    demand(set(samples) == {"status", "explain web"}, f"the README shows {set(samples)}")
    for command, wanted in samples.items():
        def look(command: str = command, wanted: list[str] = wanted) -> tuple[bool, str]:
            seen = lab.a.penstock(lab.binary, *command.split(), check=False).splitlines()
            return timeless(seen) == timeless(wanted), "\n".join(seen)

        # A check under way has words of its own for a second.
        wait_until(f"`penstock {command}` to print what the README says", look, 20.0)
    lab.steady()
    return f"{sum(map(len, samples.values()))} lines"


# -- what bgpd and others do -----------------------------------------------------------------------


@case("somebody keeps removing our network: repaired, then held and said, then repaired again")
def contention(lab: Lab) -> str:
    lab.steady()
    return contended(
        lab, lambda: by_hand(lab.a, FAMILY, f"no network {VIP4}/32"),
        lambda: (f"{VIP4}/32" in lab.a.networks(), str(lab.a.networks())))


def contended(
    lab: Lab, remove: Callable[[], object], announced: Callable[[], tuple[bool, str]]
) -> str:
    """Removes what announces a VIP again and again, until it stays away; then waits it out."""
    repaired = 0
    repairs = f"bgp:\n  repairs: {{ at-most: {REPAIRS}, within: 20s }}\n"
    with configured(lab, lab.a, ("bgp:\n", repairs)):
        for _ in range(REPAIRS + 1):
            remove()
            try:
                wait_until("the repair", announced, 6.0)
                repaired += 1
            except Failed:
                break
        demand(repaired == REPAIRS, f"{repaired} repairs, not {REPAIRS}")
        seen = expect_said(lab, lab.a, "keeps removing")
        demand("web" in lab.a.penstock(lab.binary, "status"), "status does not name the VIP")
        # The window passes, and whoever it was has stopped.
        lab.fabric.expect_announcers(BOTH)
    return next(line for line in seen.splitlines() if "keeps removing" in line.lower()).strip()


@case("frr-reload.py takes our networks away: back at once, nothing lost")
def reloaded(lab: Lab) -> str:
    lab.steady()
    began = time.monotonic()
    with traffic(lab) as load:
        lab.a.inside(FRR_RELOAD, "--reload", "/etc/frr/frr.conf")
        wait_until("the router to hear of it", lambda: (
            bool(lab.fabric.routes.since(began)), "no route event"), 20.0)
        lab.fabric.expect_announcers(BOTH)
    return load.demand_whole()


@case("bgpd hangs: said in seconds, nothing is changed, and all is well when it goes on")
def hung(lab: Lab) -> str:
    lab.steady()
    began = time.monotonic()
    with bgpd_frozen(lab.a):
        seen = expect_said(lab, lab.a, "unknown since")
        said = time.monotonic() - began
        status = lab.a.penstock(lab.binary, "status", check=False)
    demand("!" in status, f"status raises no alarm: {status}")
    wait_until("bgpd to be seen again", lambda: (
        "advertised" in (now := lab.a.penstock(lab.binary, "status", check=False)), now), every=0.5)
    lab.fabric.expect_announcers(BOTH)
    last = seen.strip().splitlines()[-1]
    return f"after {said:.1f} s: {last[:140]}"


@case("bgpd starts without its configuration: no instance is created, then all comes back")
def unconfigured(lab: Lab) -> str | None:
    lab.steady()
    lab.a.kill_bgpd()
    lab.a.inside("/usr/lib/frr/bgpd", "-d", "-A", "127.0.0.1")
    time.sleep(WATCH_SECONDS)
    seen = lab.a.vty.text("show running-config")
    demand("router bgp" not in seen, f"an instance was created:\n{seen}")
    lab.a.inside("vtysh", "-b")
    lab.fabric.expect_announcers(BOTH)
    return None


@case("bgpd restarts with a stale saved configuration: what must not be there is withdrawn")
def stale(lab: Lab) -> None:
    lab.steady_except_drained(lab.a)
    saved = f"{lab.a.home}/etc-frr/frr.conf"
    shutil.copy(saved, saved + ".good")
    try:
        with open(saved, encoding="utf-8") as file:
            text = file.read()
        line = f" {FAMILY}\n"
        with open(saved, "w", encoding="utf-8") as file:
            file.write(text.replace(line, f"{line}  network {VIP4}/32\n  network 203.0.113.99/32\n", 1))
        began = time.monotonic()
        lab.a.kill_bgpd()
        lab.a.start_bgpd()
        wait_until("the sessions", lab.fabric.sessions)
        for address in (VIP4, "203.0.113.99"):
            wait_until(f"{address} to be taken back", lambda address=address: (  # type: ignore[misc]
                f"{address}/32" not in lab.a.networks(), str(lab.a.networks())), every=LOOK_SECONDS)
        lab.fabric.expect_announcers({"director-b"}, (VIP4,))
        lab.fabric.expect_announcers(set(), ("203.0.113.99",))
        heard = [e for e in lab.fabric.routes.since(began)
                 if "director-a" in lab.fabric.named(e.nexthops)]
    finally:
        os.replace(saved + ".good", saved)
    demand(not heard, f"routers were told what was saved: {heard}")
    lab.a.penstock(lab.binary, "undrain", "--wait")
    lab.steady()
    return None


@case("penstock withdraw --all without a daemon: ours are gone, an operator's own stay")
def withdraw_all(lab: Lab) -> str:
    lab.steady()
    lab.a.stop_penstock(signal.SIGKILL)
    status, told = lab.a.attempt(lab.binary, "withdraw", "--all")
    demand(status != 0, f"it did not ask for --yes: {told}")
    demand(levels(lab, lab.a) == ("normal", "normal"), "refused, and yet withdrawn")
    with open(lab.a.config, encoding="utf-8") as file:
        good = file.read()
    try:
        # A slip in the file keeps only a stop that nobody typed from anything.
        with open(lab.a.config, "w", encoding="utf-8") as file:
            file.write(good + "unheard-of: 1\n")
        status, said = lab.a.attempt(lab.binary, "withdraw", "--all", "--yes", "--strict")
        demand(status == 65, f"with --strict it ends with {status}: {said}")
        demand(levels(lab, lab.a) == ("normal", "normal"), "refused, and yet withdrawn")
        told = lab.a.penstock(lab.binary, "withdraw", "--all", "--yes")
    finally:
        with open(lab.a.config, "w", encoding="utf-8") as file:
            file.write(good)
    lab.fabric.expect_announcers({"director-b"})
    seen = lab.a.networks()
    demand(seen == {"198.51.100.0/24", "2001:db8:feed::/48"}, f"bgpd now has {seen}")
    demand(not lab.a.kernel_routes(), f"the kernel now has {lab.a.kernel_routes()}")
    again = lab.a.attempt(lab.binary, "withdraw", "--all", "--yes")
    demand(again[0] == 0, f"a second time it ends with {again}")
    lab.a.start_penstock(lab.binary)
    lab.steady()
    return "; ".join(told.strip().splitlines())[:160]


@case("a range that leaves owned-prefixes with its VIP: taken back after the restart that is asked"
      " for, and then others' to announce in")
def former_range(lab: Lab) -> str:
    lab.steady()
    with open(lab.a.config, encoding="utf-8") as file:
        good = file.read()
    less = good.replace(', "2001:db8:113::/48"]', "]", 1)
    less = less[:less.index("  - name: web-v6")]
    demand('"2001:db8:113::/48"' in good and "web-v6" not in less, "the configuration is another")
    own = f"network {VIP6}/128"
    try:
        with open(lab.a.config, "w", encoding="utf-8") as file:
            file.write(less)
        status, told = lab.a.attempt(lab.binary, "reload")
        demand(status != 0 and "C301" in told, f"a reload ends with {status}: {told}")
        restarted(lab, lab.a)
        lab.fabric.expect_announcers({"director-b"}, (VIP6,))
        lab.fabric.expect_announcers(BOTH, (VIP4,))
        state = f"{lab.a.home}/state/state.json"
        wait_until("the range to be let go", lambda: (
            "2001:db8:113::" not in (seen := read(state)), seen), every=0.5)
        addresses = lab.a.inside("ip", "-6", "addr", "show", "vip0")
        demand(VIP6 not in addresses, f"its address is still there: {addresses}")
        # Now it is somebody else's, whatever Penstock does.
        lab.a.vty.configure("router bgp 65001", "address-family ipv6 unicast", own)
        restarted(lab, lab.a)
        time.sleep(WATCH_SECONDS)
        demand(f"{VIP6}/128" in lab.a.networks(), f"taken from its owner: {lab.a.networks()}")
        lab.a.vty.configure("router bgp 65001", "address-family ipv6 unicast", f"no {own}")
    finally:
        with open(lab.a.config, "w", encoding="utf-8") as file:
            file.write(good)
        restarted(lab, lab.a)
    lab.steady()
    return told.strip().splitlines()[0][:160]


@case("after all that, bgpd's own configuration is what the operator wrote")
def untouched(lab: Lab) -> str | None:
    lab.steady()
    for director in lab.fabric.directors:
        before = lab.foreign[director.name][1]
        after = director.operator_configuration()
        demand(sorted(after.splitlines()) == sorted(before.splitlines()),
               f"{director.name}'s bgpd has:\n{after}\n--- before\n{before}")
    return None
