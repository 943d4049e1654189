"""A terminal with ports that do what a test tells them, on threads of their own, and a clock that stands still."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from dataclasses import replace
from datetime import UTC, date, datetime
from queue import SimpleQueue
from types import MappingProxyType
from uuid import uuid4

import pytest

from kiosk.application import Draft, PrintOutcome
from kiosk.errors import CardError
from kiosk.identity import (
    Assurance,
    Attribute,
    Authenticity,
    CardKind,
    IdentityData,
    ReadPhase,
    Secret,
    StaffConfirmation,
    Way,
)
from kiosk.online import EnterPin, OnlineAnswer
from kiosk.procedures.loader import load_all
from kiosk.runtime import Ports, Runtime
from kiosk.visit.machine import first_state
from kiosk.visit.model import (
    AnswersGiven,
    CanEntered,
    CardInserted,
    Confirming,
    Consenting,
    Identifying,
    IdentifyingPhase,
    NoticeAgreed,
    Offer,
    ProcedureChosen,
    ReviewAccepted,
    Reviewing,
    StaffCodeEntered,
    State,
    WayChosen,
)

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
PATIENCE_S = 10


class StillClock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def today(self) -> date:
        return date(2026, 11, 22)


class Script:
    """What a port answers, in order: a value, an error to raise, or an event to wait for before the next."""

    def __init__(self, usual: object) -> None:
        self.usual = usual
        self.lines: deque[object] = deque()
        self.calls: list[object] = []

    def play(self, call: object) -> object:
        self.calls.append(call)
        while self.lines:
            line = self.lines.popleft()
            if isinstance(line, threading.Event):
                assert line.wait(PATIENCE_S)
            elif isinstance(line, Exception):
                raise line
            else:
                return line
        return self.usual


class Reader(Script):
    def __init__(self) -> None:
        super().__init__(
            IdentityData(
                MappingProxyType({Attribute.FAMILY_NAMES: "Einzig-Beispiel", Attribute.GIVEN_NAMES: "Mira"}),
                Way.ON_SITE,
                Assurance.SUBSTANTIAL,
                Authenticity.VERIFIED,
                NOON,
            )
        )
        self.refusals: deque[Exception] = deque()
        self.watched = 0
        self.changed = None
        self.closed = False

    def watch(self, changed) -> None:
        self.watched += 1
        if self.refusals:
            raise self.refusals.popleft()
        self.changed = changed
        changed(False)

    def look(self):
        return self.play("look") if self.lines else CardKind.PASSPORT

    def read(self, request, progress):
        progress(ReadPhase.CONNECTING)
        return self.play("read")

    def close(self) -> None:
        self.closed = True


class Online:
    """Asks for a PIN and gives the reader's usual person; ends when it is abandoned."""

    def __init__(self, person: object) -> None:
        self.person = person
        self.answers: SimpleQueue[OnlineAnswer | None] = SimpleQueue()
        self.given: list[str] = []
        self.ended = threading.Event()

    def identify(self, attributes, ask, progress):
        self.ended.clear()
        try:
            ask(EnterPin(3))
            answer = self.answers.get(timeout=PATIENCE_S)
            if answer is None:
                raise CardError("CARD-26")
            self.given.append(answer.digits.reveal())
            progress(ReadPhase.READING)
            return self.person
        finally:
            self.ended.set()

    def answer(self, answer) -> None:
        self.answers.put(answer)

    def abandon(self) -> None:
        self.answers.put(None)


class Roster(Script):
    def __init__(self) -> None:
        super().__init__(StaffConfirmation("17", NOON))

    def confirm(self, staff_id, code):
        return self.play(staff_id)


class Preparer(Script):
    def __init__(self) -> None:
        super().__init__(None)

    def prepare(self, application):
        self.play("prepare")
        references = {item.id: f"C2-{number}" for number, item in enumerate(application.procedure.destinations)}
        return Draft(uuid4(), "7K4M9-PWD3T-XHWQ", references, {})


class Store(Script):
    def __init__(self) -> None:
        super().__init__(NOON)
        self.ready = Script(None)

    def save(self, application, draft, *, share_references):
        return self.play("save")

    def readiness(self):
        return self.ready.play("readiness")


class Receipts(Script):
    def __init__(self) -> None:
        super().__init__(PrintOutcome.PRINTED)

    def hand_out(self, receipt):
        return self.play("print")


class Status(Script):
    def __init__(self) -> None:
        super().__init__(())

    def look_up(self, code):
        return self.play(code)

    def online(self) -> bool:
        return True


class Scanner:
    def __init__(self) -> None:
        self.scanned = None
        self.closed = False

    def listen(self, scanned) -> None:
        self.scanned = scanned

    def close(self) -> None:
        self.closed = True


class Scene:
    """The runtime on a running loop, and what it shows."""

    def __init__(self, state: State, ports: Ports) -> None:
        self.ports = ports
        self.shown: list[State] = []
        self.news = asyncio.Event()
        self.broken_screens = 0
        self.while_shown = lambda state: None
        self.runtime = Runtime(state, ports, self.show)

    def show(self, state: State) -> None:
        self.shown.append(state)
        self.news.set()
        self.while_shown(state)
        if self.broken_screens:
            self.broken_screens -= 1
            raise ZeroDivisionError("Einzig-Beispiel")

    def does(self, *events) -> None:
        for event in events:
            self.runtime.handle(event)

    def waits(self, seconds: float) -> None:
        """The clock goes on, in ticks of half a second."""
        for _ in range(int(seconds * 2)):
            self.ports.clock.now += 0.5
            self.runtime.tick()

    async def until(self, state: type, **what: object) -> State:
        """The state once it is shown."""

        async def watch() -> None:
            while not self.is_shown(state, what):
                self.news.clear()
                await self.news.wait()

        await asyncio.wait_for(watch(), PATIENCE_S)
        return self.runtime.state

    def is_shown(self, state: type, what: dict[str, object]) -> bool:
        now = self.runtime.state
        return isinstance(now, state) and all(getattr(now, name) == value for name, value in what.items())

    async def until_true(self, question) -> None:
        """Let threads and loop run until something is so."""

        async def watch() -> None:
            while not question():
                await asyncio.sleep(0)

        await asyncio.wait_for(watch(), PATIENCE_S)

    # ---- chapters -----------------------------------------------------------------------------

    async def up_to_the_can(self) -> None:
        await self.until_true(lambda: self.runtime.watching or self.ports.reader is None)
        self.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.ON_SITE))
        self.does(StaffCodeEntered("17", Secret("981274")))
        assert isinstance(self.runtime.state, Confirming)
        await self.until(Identifying)
        self.does(CardInserted())

    async def reading(self) -> None:
        """The CAN was typed and the reader is at work."""
        await self.up_to_the_can()
        calls = len(self.ports.reader.calls)
        self.does(CanEntered(Secret("918273")))
        assert self.is_shown(Identifying, {"phase": IdentifyingPhase.READING})
        await self.until_true(lambda: len(self.ports.reader.calls) > calls)

    def up_to_the_review(self) -> None:
        """A defect reported without a name: the shortest way to the review page."""
        self.does(
            ProcedureChosen("maengelmelder"),
            NoticeAgreed(),
            AnswersGiven("category", {"category": "light"}),
            AnswersGiven("danger", {"danger": "no"}),
            AnswersGiven("place", {"place_street": "Geheimweg 17", "place_detail": ""}),
            AnswersGiven("description", {"description": "Die Laterne am Geheimweg ist dunkel."}),
            AnswersGiven("contact-wanted", {"contact_wanted": "no", "public_ok": "no"}),
        )
        assert isinstance(self.runtime.state, Reviewing)

    async def up_to_the_tap(self) -> None:
        self.up_to_the_review()
        await self.until_true(lambda: self.runtime.state.draft is not None)
        self.does(ReviewAccepted())
        assert isinstance(self.runtime.state, Consenting)


@pytest.fixture(scope="session")
def offer():
    return Offer(
        procedures=load_all(),
        languages=("de", "en"),
        ways=frozenset(Way),
        town="Cottbus",
        town_dsb="Chóśebuz",
        status_page_url="http://127.0.0.1:8000/status",
    )


@pytest.fixture
def ports():
    reader = Reader()
    return Ports(
        cards=reader,
        reader=reader,
        online=Online(reader.usual),
        roster=Roster(),
        preparer=Preparer(),
        store=Store(),
        receipts=Receipts(),
        status=Status(),
        scanner=Scanner(),
        clock=StillClock(),
    )


@pytest.fixture
def play(offer, ports):
    """Runs a story on a terminal; named ports can be taken away."""

    def run(story, **missing: None) -> None:
        async def whole() -> None:
            there = replace(ports, **missing)
            scene = Scene(first_state(offer, there.clock.now, there.clock.today()), there)
            scene.runtime.start()
            scene.runtime.tick()
            await story(scene)
            await scene.runtime.close()

        asyncio.run(whole())

    return run
