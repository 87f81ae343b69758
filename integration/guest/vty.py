"""A client for FRR's VTY sockets, so that the lab's judges ask bgpd itself without a fork.

Commands end with NUL; an answer is text, then three NULs and a status byte (FRR's lib/vty.c).
"""

from __future__ import annotations

import json
import socket
from typing import Any

SUCCESS = 0
# A bgpd under emulation with a full inbox may take its time; a hung one must not hang the lab.
ANSWER_SECONDS = 20.0


class VTY:
    """One connection to one daemon; every call opens its own, because bgpd may have restarted."""

    def __init__(self, path: str) -> None:
        self.path = path

    def ask(self, *commands: str) -> list[tuple[int, str]]:
        """Sends commands in order and returns each one's status and text."""
        answers: list[tuple[int, str]] = []
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_SECONDS)
            connection.connect(self.path)
            for command in ("enable", *commands):
                connection.sendall(command.encode() + b"\0")
                answers.append(self._answer(connection, command))
        return answers[1:]

    def text(self, command: str) -> str:
        """The text of one command."""
        return self.ask(command)[0][1]

    def json(self, command: str) -> Any:
        """The JSON of one `show … json` command; empty when the daemon has nothing to say."""
        return json.loads(self.text(command) or "{}")

    def configure(self, *lines: str) -> None:
        """Configures by hand, as an operator would; a refused line is an error."""
        for (status, text), line in zip(
            self.ask("configure terminal", *lines, "end"), ("configure terminal", *lines, "end")
        ):
            if status != SUCCESS:
                raise OSError(f"{self.path} refused `{line}` with status {status}: {text}")

    def _answer(self, connection: socket.socket, command: str) -> tuple[int, str]:
        received = bytearray()
        # Text holds no NUL, so the first one starts the four-byte trailer.
        while (end := received.find(b"\0")) < 0 or len(received) < end + 4:
            chunk = connection.recv(65536)
            if not chunk:
                raise OSError(f"{self.path} closed the connection during `{command}`")
            received += chunk
        return received[end + 3], received[:end].decode(errors="replace")
