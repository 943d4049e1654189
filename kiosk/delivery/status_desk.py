"""The StatusDesk of a terminal: asks `kiosk sync` over the local socket, because the terminal itself has no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.application import StatusEntry
from kiosk.delivery import socket_desk
from kiosk.delivery.lookup import read_entries
from kiosk.delivery.reference import read_code, status_token
from kiosk.errors import StatusError

STATUS_DEADLINE_S = 10.0
HEALTH_DEADLINE_S = 1.0


@dataclass(frozen=True, slots=True)
class Health:
    """How delivery is: reached lately, submissions not delivered yet, the last error's code."""

    online: bool
    waiting: int
    last_error: str | None


class SocketStatusDesk:
    """The StatusDesk port. May be used from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def look_up(self, code: str) -> tuple[StatusEntry, ...]:
        """Empty for an unknown code, or one that is none. Raises StatusError STATUS-01 or STATUS-02."""
        canonical = read_code(code)
        if canonical is None:
            return ()
        answer = self._ask({"op": "status", "token": status_token(canonical)}, STATUS_DEADLINE_S)
        if "error" in answer:
            raise StatusError("STATUS-02" if answer["error"] == "STATUS-02" else "STATUS-01")
        return read_entries(answer)

    def online(self) -> bool:
        """Whether the delivery service was reached lately; no if sync does not answer."""
        try:
            return self.health().online
        except StatusError:
            return False

    def health(self) -> Health:
        """Raises StatusError STATUS-01 if `kiosk sync` does not answer."""
        answer = self._ask({"op": "health"}, HEALTH_DEADLINE_S)
        try:
            error = answer["last_error"]
            return Health(answer["online"] is True, int(answer["waiting"]), None if error is None else str(error))
        except (KeyError, TypeError, ValueError) as wrong:
            raise StatusError("STATUS-01", "answer of another shape") from wrong

    def wake(self) -> None:
        """Something was saved: tell sync, without waiting for an answer. Never raises; sync looks by itself, too."""
        try:
            with socket_desk.connected_to(self._path, HEALTH_DEADLINE_S) as connection:
                connection.sendall(b'{"op": "wake"}\n')
        except OSError:
            return

    def _ask(self, question: Mapping[str, str], deadline_s: float) -> Mapping[str, Any]:
        try:
            return socket_desk.ask(self._path, question, deadline_s)
        except (OSError, ValueError, RecursionError) as error:
            raise StatusError("STATUS-01", type(error).__name__) from error
