"""An eID server without one: it answers every session with what it is told to, sealed and signed as the contract says.

For tests, and for the demo, where AusweisApp is simulated too (simulated_ausweisapp.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Final

from devices.cards.ways.online.eid_server import Ticket
from devices.cards.ways.online.sealed_result import EidResult, KeyPair, seal_result
from kiosk.errors import CardError
from kiosk.identity import Attribute

TC_TOKEN_URL: Final = "https://eid.example/tctoken"  # noqa: S105 an address; reserved (RFC 2606), leads nowhere


class ReplayEidServer:
    """An EidServer. `read` says what was read from the card, or None where nothing was."""

    def __init__(self, read: Callable[[], EidResult | None], tc_token_url: str = TC_TOKEN_URL) -> None:
        self._read = read
        self._tc_token_url = tc_token_url
        self._signer = KeyPair()
        self._sessions: dict[str, tuple[Mapping[str, str], frozenset[Attribute]]] = {}

    @property
    def adapter_key(self) -> Mapping[str, str]:
        """What the technician would put on the terminal."""
        return self._signer.public

    def ticket(self, visit_key: Mapping[str, str], attributes: frozenset[Attribute]) -> Ticket:
        session = secrets.token_urlsafe(32)
        self._sessions[session] = (visit_key, attributes)
        return Ticket(f"{self._tc_token_url}?session={session}", session)

    def result(self, ticket: Ticket) -> bytes:
        """Raises CardError CARD-25 for a session that is unknown or was answered, and where nothing was read."""
        opened = self._sessions.pop(ticket.session, None)
        read = self._read()
        if opened is None or read is None:
            raise CardError("CARD-25", "no result")
        visit_key, wanted = opened
        given = {attribute: value for attribute, value in read.attributes.items() if attribute in wanted}
        answer = EidResult(given, read.authentic, read.read_at, read.expires_on)
        return seal_result(answer, ticket.session, visit_key, self._signer)
