"""A process in a namespace that takes one JSON command per line and answers each with one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from shell import Failed, network_namespace


class Worker:
    """Starts a script of this folder inside a network namespace; it ends when its stdin does."""

    def __init__(self, namespace: str, script: str) -> None:
        self.script = script
        path = os.path.join(os.path.dirname(__file__), script)
        with network_namespace(namespace):
            self.process = subprocess.Popen(
                [sys.executable, path],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            )

    def say(self, command: dict[str, object]) -> str:
        """Sends a command and returns the line that answers it."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise Failed(f"{self.script} has died; its traceback is on the console")
        return answer

    def end(self) -> None:
        """Closes its stdin, and waits until it is gone."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)
