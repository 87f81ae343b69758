"""Runs tests of the Swift package inside the lab, where there is a kernel with IPVS."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass

from shell import Failed

# Emulated, the longest run takes half a minute; this is for one that hangs.
DEADLINE = 300.0


@dataclass(frozen=True)
class Run:
    """What became of the tests that were asked for, and everything that was said."""

    status: int
    passed: list[str]
    skipped: list[str]
    text: str

    def demand_all(self, what: str) -> None:
        """Every test has to have run and passed, and there has to be one."""
        if self.status != 0:
            wrong = [l for l in self.text.splitlines() if re.search(r"✘|↳|because:|Fatal", l)]
            raise Failed("\n".join([f"{what} ended with {self.status}", *wrong[:40]]))
        if self.skipped or not self.passed:
            raise Failed(f"{what}: passed {self.passed}, skipped {self.skipped}")


def run_tests(binary: str, pattern: str, environment: dict[str, str], *wrapper: str) -> Run:
    """Runs the tests whose names match, with more in their environment and in the given way."""
    if not os.path.exists(binary):
        raise Failed(f"there is no test binary {binary!r}: `swift build --build-tests` makes it")
    done = subprocess.run(
        [*wrapper, binary, "--testing-library", "swift-testing", "--filter", pattern],
        env={**os.environ, **environment}, timeout=DEADLINE, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )
    text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    return Run(
        done.returncode,
        re.findall(r"^\S+ Test (?!run |case )(\S+) passed after ", text, re.MULTILINE),
        re.findall(r"^\S+ Test (\S+) skipped", text, re.MULTILINE),
        text,
    )
