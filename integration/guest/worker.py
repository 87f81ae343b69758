"""A process in a namespace that takes one command per line and answers each with one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from shell import Failed, network_namespace


class Program:
    """Starts a program inside a network namespace; it ends when its stdin does."""

    def __init__(self, namespace: str, *command: str) -> None:
        self.name = os.path.basename(command[0])
        with network_namespace(namespace):
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            )

    def say(self, line: str) -> str:
        """Sends a command and returns the line that answers it."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise Failed(f"{self.name} has died; its last words are on the console")
        return answer

    def kill(self) -> None:
        """Gives it no chance to say goodbye; its kernel does."""
        self.process.kill()
        self.process.wait(30)

    def end(self) -> None:
        """Closes its stdin, and waits until it is gone."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


class Worker:
    """A script of this folder, whose commands are JSON."""

    def __init__(self, namespace: str, script: str) -> None:
        path = os.path.join(os.path.dirname(__file__), script)
        self._program = Program(namespace, sys.executable, path)

    def say(self, command: dict[str, object]) -> str:
        """Sends a command and returns the line that answers it."""
        return self._program.say(json.dumps(command))

    def kill(self) -> None:
        """Gives it no chance to say goodbye; its kernel does."""
        self._program.kill()

    def end(self) -> None:
        """Closes its stdin, and waits until it is gone."""
        self._program.end()
