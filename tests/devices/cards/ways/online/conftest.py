"""A citizen at the online way: a way in a thread of its own, asked and answered by the test."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, date, datetime
from queue import SimpleQueue

import pytest

from devices.cards.people import Document, Person
from devices.cards.ways.online.replay import ReplayEidServer
from devices.cards.ways.online.simulated_ausweisapp import SimulatedAusweisApp
from devices.cards.ways.online.simulated_session import Provider
from devices.cards.ways.online.way import OnlineSettings, OnlineWay
from kiosk.identity import Attribute, Secret
from kiosk.online import OnlineAnswer

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
PATIENCE_S = 20.0
PERSON = Person(
    id="test-person",
    note="",
    can="500540",
    pin="481516",
    puk="0123456789",
    expires_on=date(2031, 8, 1),
    attributes={Attribute.FAMILY_NAMES: "Beispiel", Attribute.CITY: "Köln", Attribute.NATIONALITY: "D"},
    document=Document.IDENTITY_CARD,
    document_number="T22000129",
    issuing_state="D",
    sex="F",
)


class Visit:
    """One citizen. Everything that was asked and told is kept, in order."""

    def __init__(
        self,
        provider: Provider | None = None,
        *,
        spend_last_try: bool = False,
        now: Callable[[], datetime] = lambda: NOW,
    ) -> None:
        self.app = SimulatedAusweisApp(provider, now=now)
        self.server = ReplayEidServer(self.app.read)
        settings = OnlineSettings(self.server.adapter_key, spend_last_try=spend_last_try)
        self.way = OnlineWay(self.app.running, self.server, settings)
        self.asked: list[object] = []
        self.phases: list[object] = []
        self._questions: SimpleQueue[object] = SimpleQueue()
        self._outcome: Future = Future()

    def begins(self, *attributes: Attribute) -> Visit:
        self._outcome = Future()
        threading.Thread(target=self._identify, args=(frozenset(attributes),), daemon=True).start()
        return self

    def question(self) -> object:
        """The next one."""
        question = self._questions.get(timeout=PATIENCE_S)
        self.asked.append(question)
        return question

    def agrees(self) -> Visit:
        self.question()
        self.way.answer(OnlineAnswer())
        return self

    def types(self, text: str) -> object:
        """Answers the next question, which is given back."""
        question = self.question()
        self.way.answer(OnlineAnswer(Secret(text)))
        return question

    def outcome(self):
        """The identity. Raises what ended the way."""
        return self._outcome.result(PATIENCE_S)

    def _identify(self, attributes) -> None:
        try:
            self._outcome.set_result(self.way.identify(attributes, self._questions.put, self.phases.append))
        except BaseException as error:
            self._outcome.set_exception(error)


@pytest.fixture
def visit() -> Visit:
    return Visit()
