"""The online way's two ends outside the window's process: the eID server, asked through `kiosk sync`, and the key by
which its adapter is known.

The window has no network. What it asks, and what comes back, is said in delivery/eid_carrier.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from devices.cards.ways.online.eid_server import Ticket
from devices.cards.ways.online.sealed_result import public_key
from kiosk.delivery import socket_desk
from kiosk.errors import CardError, ConfigError
from kiosk.identity import Attribute

# Sync gives up before (eid_carrier.DEADLINE_S), so that its own reason is heard.
DEADLINE_S: Final = 30.0
KEY_LIMIT_BYTES: Final = 4096
PUBLIC: Final = ("kty", "crv", "x", "y")


class SocketEidServer:
    """An EidServer (devices/cards/ways/online/eid_server.py), over the socket of `kiosk sync`. From any thread."""

    def __init__(self, sync_socket: Path, deadline_s: float = DEADLINE_S) -> None:
        self._sync_socket = sync_socket
        self._deadline_s = deadline_s

    def ticket(self, visit_key: Mapping[str, str], attributes: frozenset[Attribute]) -> Ticket:
        """Raises CardError CARD-25."""
        names = sorted(attributes)
        opened = self._ask({"op": "eid-session", "key": dict(visit_key), "attributes": names})
        return Ticket(_text(opened, "tc_token_url"), _text(opened, "session"))

    def result(self, ticket: Ticket) -> bytes:
        """Raises CardError CARD-25."""
        fetched = self._ask({"op": "eid-result", "session": ticket.session})
        return _text(fetched, "result").encode()

    def _ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return socket_desk.ask(self._sync_socket, question, self._deadline_s)
        except (OSError, ValueError, RecursionError) as error:
            raise CardError("CARD-25", f"kiosk sync does not answer: {type(error).__name__}") from None


def load_adapter_key(path: Path) -> Mapping[str, str]:
    """The public JWK in a file. Raises ConfigError naming the file."""
    try:
        with path.open("rb") as file:
            key = json.loads(file.read(KEY_LIMIT_BYTES))
        if not isinstance(key, dict):
            raise ValueError("no object")
        public_key(key).export_to_pem()  # only then the point is looked at
        return {name: key[name] for name in PUBLIC}
    except OSError as error:
        raise ConfigError("CONFIG-01", f"online.adapter_key_file: {path}: {error.strerror}") from error
    except (ValueError, RecursionError, CardError) as error:
        raise ConfigError("CONFIG-02", f"online.adapter_key_file: {path}: must be a public JWK on P-256") from error


def _text(answer: Mapping[str, Any], name: str) -> str:
    """What sync refused has no such text: the reason is in its own log."""
    text = answer.get(name)
    if not isinstance(text, str):
        raise CardError("CARD-25", "kiosk sync was refused, or answers something else")
    return text
