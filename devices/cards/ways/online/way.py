"""Identification over AusweisApp and the town's eID server (§ 18 PAuswG), from the certificate to the data.

Rules
  1. AusweisApp runs only here, and is gone before the result is fetched: then nobody touches the reader any more.
  2. The key of the visit lives in one call of `identify`.
  3. What the citizen answers goes to whoever waits for it now; an answer nobody waits for is dropped.

Assurance is high: two factors, the card and its PIN. Where the eID server gives no data, identity alone is proven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import cast

from devices.cards.ways.online.client import SdkClient
from devices.cards.ways.online.conversation import Abandoned, Citizen, Inbox, Line, converse
from devices.cards.ways.online.dialogue_state import Authentication, Dialogue
from devices.cards.ways.online.eid_server import EidServer
from devices.cards.ways.online.rights import rights_for
from devices.cards.ways.online.sealed_result import EidResult, Expected, KeyPair, open_result
from kiosk.errors import CardError
from kiosk.identity import Assurance, Attribute, Authenticity, IdentityData, ReadPhase, Way
from kiosk.online import OnlineAnswer, OnlineQuestion

Ask = Callable[[OnlineQuestion], None]
Progress = Callable[[ReadPhase], None]


@dataclass(frozen=True, slots=True)
class OnlineSettings:
    """`adapter_key` is the public key (JWK) of the eID server's adapter. `developer_mode` takes test cards only."""

    adapter_key: Mapping[str, str] = field(repr=False)
    developer_mode: bool = False
    spend_last_try: bool = False


class OnlineWay:
    """An OnlineIdentity. `start` gives the port of an AusweisApp that runs as long as the context lasts."""

    def __init__(
        self, start: Callable[[], AbstractContextManager[int]], eid_server: EidServer, settings: OnlineSettings
    ) -> None:
        self._start = start
        self._eid_server = eid_server
        self._settings = settings
        self._inbox: Inbox | None = None

    def identify(self, attributes: frozenset[Attribute], ask: Ask, progress: Progress) -> IdentityData:
        """Raises CardError CARD-02, -04 to -06, -16, -18 to -20 or -24 to -26."""
        inbox = self._inbox = Inbox()
        try:
            progress(ReadPhase.CONNECTING)
            visit_key = KeyPair()
            ticket = self._eid_server.ticket(visit_key.public, attributes)
            task = Authentication(ticket.tc_token_url, rights_for(attributes), self._settings.developer_mode)
            # Only a change of the PIN asks for a new one, and that is another task.
            citizen = Citizen(lambda question: ask(cast(OnlineQuestion, question)), progress)
            self._authenticate(task, inbox, citizen)
            progress(ReadPhase.READING)
            expected = Expected(ticket.session, attributes, self._settings.adapter_key)
            return _identity(open_result(self._eid_server.result(ticket), visit_key, expected))
        finally:
            self._inbox = None

    def answer(self, answer: OnlineAnswer) -> None:
        """From any thread."""
        if (inbox := self._inbox) is not None:
            inbox.put(answer)

    def abandon(self) -> None:
        """From any thread."""
        if (inbox := self._inbox) is not None:
            inbox.put(Abandoned())

    def _authenticate(self, task: Authentication, inbox: Inbox, citizen: Citizen) -> None:
        dialogue = Dialogue(task, self._settings.spend_last_try)
        with self._start() as port, SdkClient(port, inbox.put) as client:
            converse(dialogue, Line(client.send, inbox), citizen)


def _identity(result: EidResult) -> IdentityData:
    """Raises CardError CARD-09 for a card of which the eID server says that it is not genuine."""
    if not result.authentic:
        raise CardError("CARD-09", "the eID server says so")
    return IdentityData(
        attributes=result.attributes,
        way=Way.ONLINE,
        assurance=Assurance.HIGH,
        authenticity=Authenticity.VERIFIED,
        read_at=result.read_at,
        expires_on=result.expires_on,
    )
