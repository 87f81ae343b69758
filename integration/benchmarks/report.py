"""Samples and the table they end in."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field


@dataclass
class Samples:
    """Measurements of one thing, in seconds unless their unit says otherwise."""

    values: list[float] = field(default_factory=list)

    def add(self, value: float) -> None:
        self.values.append(value)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        """The median with the least and the greatest: `0.142 s (0.139-0.151)`."""
        scale, unit = scale_of(self.median)
        low, high = min(self.values), max(self.values)
        digits = 0 if self.median * scale >= 100 else 1 if self.median * scale >= 10 else 2
        text = f"{self.median * scale:.{digits}f} {unit}"
        if len(self.values) == 1:
            return text
        return f"{text} ({low * scale:.{digits}f}-{high * scale:.{digits}f})"


def scale_of(seconds: float) -> tuple[float, str]:
    """The unit that shows a time best, and how many of it are a second."""
    if seconds >= 1:
        return 1, "s"
    return (1e3, "ms") if seconds >= 1e-3 else (1e6, "µs")


@dataclass(frozen=True)
class Row:
    """One line: what was done, by us, by the peer, and whether that is what was aimed at."""

    work: str
    penstock: str
    peer: str
    ratio: str = "-"
    target: str = "-"
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        met = "-" if self.met is None else "yes" if self.met else "NO"
        return self.work, self.penstock, self.peer, self.ratio, self.target, met


HEAD = ("work", "penstock", "peer", "ratio", "target", "met?")


def faster(work: str, ours: Samples, name: str, theirs: Samples, at_least: float) -> Row:
    """A row whose target is to be so many times faster than the peer."""
    ratio = theirs.median / ours.median
    return Row(
        work, str(ours), f"{name} {theirs}", f"{ratio:.1f} × faster", f"≥ {at_least:g} × faster",
        ratio >= at_least,
    )


def within(work: str, ours: Samples, name: str, theirs: Samples, at_most: float) -> Row:
    """A row whose target is to take no more than so many times the peer's time."""
    ratio = ours.median / theirs.median
    return Row(
        work, str(ours), f"{name} {theirs}", f"{ratio:.2f} × its time", f"≤ {at_most:g} × its time",
        ratio <= at_most,
    )


def table(rows: list[Row]) -> str:
    """The rows as a table for eyes and for Markdown alike."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    text = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |"
        for line in lines
    ]
    text.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(text)
