"""The main job as it happens: a live view while things are broken and repaired.

On a terminal the view is redrawn in place; otherwise every change is one plain line.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from fabric import SERVERS, SERVICE, VIPS, destination
from harness import BOTH, Lab

#: Enough for the longest answer of a command and a few lines before it.
HISTORY_LINES = 18
REDRAW_SECONDS = 0.5


class View:
    """What the router and the directors' kernels hold, again and again."""

    def __init__(self, lab: Lab, redraw: bool) -> None:
        self.lab = lab
        self.redraw = redraw
        self.began = time.monotonic()
        self.headline = ""
        self.history: list[str] = []
        self._last: list[str] = []
        self._drawn = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def step(self, text: str) -> None:
        """Says what is about to be done to the fabric."""
        self._say(f"▶ {text}")

    def result(self, text: str) -> None:
        """Says what came of it, below the picture that shows it."""
        self.draw()
        self._say(f"✓ {text}")

    def show(self, lines: list[str]) -> None:
        """Shows the output of a command, without the time in front of every line."""
        with self._lock:
            shown = [f"          {line}" for line in lines]
            if self.redraw:
                self.history += shown
            else:
                print("\n".join(shown), flush=True)

    def _say(self, text: str) -> None:
        line = f"{time.monotonic() - self.began:6.1f} s  {text}"
        with self._lock:
            if self.redraw:
                self.history.append(line)
            else:
                print(line, flush=True)
        self.draw()

    def lines(self) -> list[str]:
        """The picture: per VIP the router's next hops, per director each server's weight."""
        lines = []
        for vip in VIPS:
            names = sorted(self.lab.fabric.announcers(vip))
            lines.append(f"{vip:<18} router sends to: {', '.join(names) or '(no route)'}")
            for director in self.lab.fabric.directors:
                service = director.table().get(SERVICE[vip])
                if service is None:
                    weights = "no service in IPVS"
                else:
                    weights = "  ".join(
                        f"{name} {self._weight(service.destinations.get(destination(name, vip)))}"
                        for name in SERVERS
                    )
                lines.append(f"  {director.name}: {weights}")
        return lines

    @staticmethod
    def _weight(weight: int | None) -> str:
        if weight is None:
            return "absent"
        return f"weight {weight}" if weight else "DOWN (0)"

    def draw(self) -> None:
        """Shows the picture: all of it on a terminal, what is new elsewhere."""
        with self._lock:
            lines = self.lines()
            if self.redraw:
                # Up over the last picture, and over each line its newer self.
                picture = [*self.history[-HISTORY_LINES:], "", *lines, ""]
                print(f"\x1b[{self._drawn}A" if self._drawn else "", end="")
                print("\n".join(f"\x1b[2K{line}" for line in picture) + "\x1b[J", flush=True)
                self._drawn = len(picture)
            elif lines != self._last:
                stamp = f"{time.monotonic() - self.began:6.1f} s    "
                parent = ""
                for index, line in enumerate(lines):
                    if not line.startswith("  "):
                        parent = line.split()[0]
                    if index >= len(self._last) or self._last[index] != line:
                        shown = line if not line.startswith("  ") else f"{parent:<18}{line}"
                        print(stamp + shown, flush=True)
            self._last = lines

    def run(self) -> None:
        """Draws until stopped, in a thread of its own."""
        while not self._stop.wait(REDRAW_SECONDS):
            self.draw()

    def stop(self) -> None:
        self._stop.set()


def demo(lab: Lab, redraw: bool) -> None:
    """Start, a dead server, lost quorum, recovery, drain, undrain; anything late is an error."""
    view = View(lab, redraw)
    threading.Thread(target=view.run, daemon=True).start()
    a = lab.a
    view.step("starting Penstock on both directors")
    lab.steady()
    view.result("both VIPs are announced by both directors: the router spreads flows over both")

    def act(what: str, do: Callable[[], None], outcome: str, traffic: bool = False) -> None:
        view.step(what)
        if not traffic:
            do()
            view.result(outcome)
            return
        with lab.load() as load:
            do()
        view.result(f"{outcome}: {load.ledger.summary()}")

    def ask(*words: str) -> None:
        """Shows what an operator would see now on one of the directors."""
        view.step(f"on director-a: penstock {' '.join(words)}")
        view.show(a.penstock(lab.binary, *words).splitlines())

    def lose_one() -> None:
        lab.fabric.servers["rs3"].kill()
        for director in lab.fabric.directors:
            lab.expect_weights(director, {"rs1", "rs2"})

    def lose_quorum() -> None:
        lab.fabric.servers["rs2"].kill()
        lab.fabric.expect_announcers(set())

    def drain() -> None:
        a.penstock(lab.binary, "drain", "--wait", "--reason", "demo")
        lab.fabric.expect_announcers(BOTH - {a.name})

    def undrain() -> None:
        a.penstock(lab.binary, "undrain", "--wait")
        lab.fabric.expect_announcers(BOTH)

    act("killing real server rs3", lose_one, "weight 0 on both directors, routes untouched", True)
    ask("status")
    ask("explain", "web")
    act("killing real server rs2 too: one of three left, two are needed", lose_quorum,
        "quorum lost: both directors withdrew, the router has no route")
    act("starting rs2 and rs3 again", lab.steady, "recovered: announced by both again")
    act("draining director-a while clients keep asking", drain, "drained", True)
    act("undraining director-a while clients keep asking", undrain, "back in the ECMP set", True)
    view.stop()
    time.sleep(REDRAW_SECONDS)
