"""Commands, namespaces and waiting: the small things every other module stands on.

A fork costs some 30 ms under emulation, so most of the lab reads /proc and speaks to sockets;
what is here runs the commands that remain.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

CLONE_NEWNET = 0x40000000
# Emulated machines are slow and shared ones slower: a deadline is for "never", not for "late".
DEADLINE = 60.0

# The lab's client and real servers, built on the host from traffic.c.
TRAFFIC = os.environ.get("LAB_TRAFFIC", "")

T = TypeVar("T")

_libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """A judge said no; the text is what a reader of the run needs to see."""


class Late(Failed):
    """Something awaited did not come before its deadline."""


def run(*command: str, text: str | None = None, check: bool = True) -> str:
    """Runs a command to its end and returns what it printed."""
    done = subprocess.run(
        command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if check and done.returncode != 0:
        raise Failed(f"`{' '.join(command)}` ended with {done.returncode}: {done.stdout.strip()}")
    return done.stdout


def ip_batch(lines: Sequence[str], netns: str | None = None, *options: str) -> None:
    """Runs many `ip` commands for the price of one process; options hold for all of them."""
    where = ["-n", netns] if netns else []
    run("ip", *where, *options, "-batch", "-", text="\n".join(lines) + "\n")


@contextmanager
def network_namespace(path: str) -> Iterator[None]:
    """Moves this thread (only) into a network namespace: sockets made inside stay there, and so
    do processes started inside."""
    with open("/proc/thread-self/ns/net", "rb") as home, open(path, "rb") as target:
        _setns(target.fileno(), path)
        try:
            yield
        finally:
            _setns(home.fileno(), "home")


def _setns(descriptor: int, name: str) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"setns to {name}: {os.strerror(number)}")


def write_sysctls(path: str, values: dict[str, str]) -> None:
    """Sets sysctls (slashes, not dots) of one network namespace."""
    with network_namespace(path):
        for name, value in values.items():
            with open(f"/proc/sys/{name}", "w", encoding="ascii") as file:
                file.write(value)


def wait_until(
    what: str,
    look: Callable[[], tuple[bool, T]],
    deadline: float = DEADLINE,
    every: float = 0.1,
) -> T:
    """Polls `look` until it says yes; it returns its verdict and what it saw. A timeout names
    what was awaited and what was seen last."""
    end = time.monotonic() + deadline
    while True:
        try:
            good, seen = look()
        except OSError as error:
            # A socket that is not there yet is a state to wait out, not a failure of the lab.
            good, seen = False, error  # type: ignore[assignment]
        if good:
            return seen
        if time.monotonic() > end:
            raise Late(f"waited {deadline:.0f} s for {what}; last seen: {seen}")
        time.sleep(every)


def read(path: str) -> str:
    """A file's text; the empty text when it is not there."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""
