"""A stage without a display: kivy's offscreen window, its event loop turned by hand, a clock that stands."""

from __future__ import annotations

import gc
import os

os.environ["SDL_VIDEODRIVER"] = "offscreen"

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from screens.environment import Display, prepare

prepare(Display())

from kivy.config import Config  # noqa: E402

Config.set("graphics", "maxfps", 0)  # no frame waits for the next sixtieth of a second

from kivy.base import EventLoop  # noqa: E402
from kivy.clock import Clock  # noqa: E402
from kivy.tests.common import UnitTestTouch  # noqa: E402

from kiosk.application import Application, OutOfServiceReason, Receipt  # noqa: E402
from kiosk.identity import Way  # noqa: E402
from kiosk.language import load  # noqa: E402
from kiosk.procedures.journey import Accepted, accept, journey  # noqa: E402
from kiosk.procedures.model import Answer, Problem, Source  # noqa: E402
from kiosk.procedures.prefill import prefill  # noqa: E402
from kiosk.procedures.samples import samples  # noqa: E402
from kiosk.visit.model import (  # noqa: E402
    Answering,
    Choosing,
    Idle,
    Informing,
    Interrupted,
    Look,
    Offer,
    OutOfService,
    Printing,
    Session,
    TakeCard,
    Touched,
)
from screens.app import Hooks, KioskApp  # noqa: E402
from screens.focus import focus  # noqa: E402
from screens.hand import photograph  # noqa: E402
from screens.semantics import find, nodes, walk  # noqa: E402
from screens.theme import PORTRAIT_27_INCH_DPI, theme  # noqa: E402
from screens.touch import REPEAT_S  # noqa: E402
from screens.widgets.boxed import Boxed  # noqa: E402
from screens.widgets.layout import stands_in  # noqa: E402

DAY = date(2026, 11, 22)
SETTLE_FRAMES = 6


def sticks_out(widget: Any, sign: Any) -> bool:
    """Whether that rectangle, if anything is to be seen of it, leaves the widget."""
    if sign is None or not all(sign.size):
        return False
    (left, bottom), (width, height) = sign.pos, sign.size
    beside = left < widget.x - 1 or left + width > widget.right + 1
    return bool(beside or bottom < widget.y - 1 or bottom + height > widget.top + 1)


@dataclass
class Bench:
    """One KioskApp under a test's hands. `sent` is every event but `Touched`."""

    app: KioskApp
    clock: SimpleNamespace
    sent: list[Any] = field(default_factory=list)

    def show(self, state: Any) -> None:
        self.app.show(state)
        self.settle()

    def settle(self, frames: int = SETTLE_FRAMES) -> None:
        """Frames until layouts and triggers are quiet."""
        for _ in range(frames):
            Clock.tick()
            Clock.tick_draw()

    @property
    def screen(self) -> Any:
        return self.app.stage.frame.screen

    def find(self, node_id: str) -> Any:
        found = [find(layer, node_id) for layer in self.app.stage.front()]
        assert any(found), f"no {node_id!r} among {[node.id for node in self.nodes()]}"
        return next(widget for widget in found if widget is not None)

    def nodes(self) -> tuple[Any, ...]:
        return tuple(node for layer in self.app.stage.front() for node in nodes(layer))

    def widgets(self) -> list[Any]:
        """The semantic widgets that can be reached now, in reading order."""
        return [widget for layer in self.app.stage.front() for widget in walk(layer)]

    def lone_signs(self) -> list[str]:
        """Icons drawn outside the widget they belong to."""
        boxed = [w for layer in self.app.stage.front() for w in layer.walk(restrict=True) if isinstance(w, Boxed)]
        return [widget.icon for widget in boxed if sticks_out(widget, widget._icon.shape)]

    def tap(self, node_id: str, *, hurried: bool = False) -> None:
        """A finger on that widget, paged into sight; unless hurried, well after the tap before."""
        widget = self.find(node_id)
        if stands_in(widget, self.screen.area.content):
            self.screen.area.reveal(widget)
            self.settle()
        self.tap_widget(self.find(node_id), hurried=hurried)

    def tap_widget(self, widget: Any, *, hurried: bool = False) -> None:
        self.clock.now += 0 if hurried else 2 * REPEAT_S
        touch = UnitTestTouch(*widget.to_window(*widget.center))
        touch.touch_down()
        touch.touch_up()
        self.settle()

    def press(self, *names: str) -> None:
        """Keys of the keypad, one after the other."""
        from kivy.core.window import Keyboard

        for name in names:
            self.clock.now += 2 * REPEAT_S
            self.app.stage.on_key(Keyboard.keycodes[name], None)
            self.settle(2)

    def type(self, text: str) -> None:
        """On the terminal's own keyboard: straight into the focused field."""
        focus.current.insert(text)
        self.settle()

    def picture(self, path: Path) -> Path:
        EventLoop.idle()  # only a drawn frame fills the textures
        return photograph(path)


@pytest.fixture(scope="session")
def languages() -> dict[str, Any]:
    return {"de": load("de"), "en": load("en")}


def turn_window(width: int, height: int) -> None:
    EventLoop.ensure_window()
    EventLoop.window.size = (width, height)
    if EventLoop.status != "started":
        EventLoop.start()
        EventLoop.status = "started"
    EventLoop.idle()


@pytest.fixture
def make_bench(languages: dict[str, Any]) -> Iterator[Any]:
    """Benches of any panel size: make_bench(width, height, dpi)."""
    roots = []

    def make(width: int = 1080, height: int = 1920, dpi: float = PORTRAIT_27_INCH_DPI) -> Bench:
        turn_window(width, height)
        clock = SimpleNamespace(now=1000.0)
        sent: list[Any] = []

        def send(event: Any) -> None:
            if not isinstance(event, Touched):
                sent.append(event)

        app = KioskApp(languages, send, Display(width, height, dpi), Hooks(now=lambda: clock.now))
        root = app.build()
        roots.append(root)
        EventLoop.window.add_widget(root)
        return Bench(app, clock, sent)

    yield make
    for root in roots:
        EventLoop.window.remove_widget(root)
    roots.clear()
    focus.take(None, by_keys=False)
    gc.collect()  # or the next test's theme would dress this one's widgets as well
    theme.wear(contrast=False, large=False, low=False)


@pytest.fixture
def bench(make_bench: Any) -> Bench:
    """The usual terminal: 27 inches, portrait."""
    return make_bench()


@pytest.fixture(scope="session")
def procedures() -> dict[str, Any]:
    from kiosk.procedures.loader import load_all

    return load_all()


@pytest.fixture(scope="session")
def offer(procedures: dict[str, Any]) -> Offer:
    return Offer(
        procedures=procedures,
        languages=("de", "en"),
        ways=frozenset({Way.ON_SITE, Way.TRAVEL_DOCUMENT}),
        town="Stadt Musterstadt",
        town_dsb="Město Muster",
        status_page_url="http://127.0.0.1:8000/status",
    )


@pytest.fixture
def session(offer: Offer) -> Session:
    return Session(offer, visit_id=1, now=1000.0, today=DAY)


def looking(session: Session, **look: bool) -> Session:
    """The session with another look."""
    return replace(session, look=Look(**look))


@pytest.fixture
def idle(session: Session) -> Idle:
    return Idle(session)


LONG_NAME = "Wolkenstein-Hohenfels " * 8 + "Schönhausenbergenthalwal"


def answering(session: Session, step_key: str, answers: dict[str, Any] | None = None, **more: Any) -> Answering:
    """A page of the dog registration."""
    procedure = session.offer.procedures["hund-anmelden"]
    return Answering(session, 2000.0, procedure, answers or {}, step_key, **more)


KEEPER = {"applicant_is": Answer("keeper")}
FROM_CARD = KEEPER | {
    "given_names": Answer("Jana", Source.CARD),
    "family_names": Answer(LONG_NAME, Source.CARD),
    "birth_name": Answer("", Source.CARD),
}


def receipt(session: Session) -> Receipt:
    return Receipt(
        code="7K4M9-PWD3T-XHWQ",
        references=(("Steuern und Abgaben", "C2-7K4M-9PW"), ("Öffentliche Ordnung", "C2-3TXH-WQ4")),
        procedure=session.offer.procedures["hund-anmelden"],
        saved_at=datetime(2026, 11, 22, 13, 7, tzinfo=UTC),
        language=session.language,
    )


def every_state(session: Session) -> dict[str, Any]:
    """One state for every look a screen can have, by name."""
    wrong = {"birth_date": Problem("required"), "birth_place": Problem("too-long", {"limit": 120})}
    question = answering(session, "dogs.1.dog-name", KEEPER)
    parking = session.offer.procedures["bewohnerparkausweis"]
    return {
        "start": Idle(session),
        "start-after-a-fault": Idle(session, problem="VISIT-01"),
        "choosing": Choosing(session, 2000.0),
        "informing": Informing(session, 2000.0, session.offer.procedures["hund-anmelden"]),
        "informing-parking": Informing(session, 2000.0, parking),
        "choice": answering(session, "applicant"),
        "text-and-choice": question,
        "date": answering(session, "birth"),
        "refused": answering(session, "birth", texts={"birth_place": LONG_NAME}, problems=wrong),
        "address": answering(session, "address"),
        "long-name": answering(session, "name", {"given_names": Answer(LONG_NAME)}),
        "from-card": answering(session, "name", FROM_CARD),
        "contesting": answering(session, "name", FROM_CARD, contesting="family_names"),
        "interrupted": Interrupted(session, 1012.0, question),
        "printing": Printing(session, 2000.0, receipt(session)),
        "take-card": TakeCard(session),
        "out-of-service": OutOfService(session, OutOfServiceReason.OUTBOX_FULL),
    }


@pytest.fixture(scope="session")
def application(procedures: dict[str, Any]) -> Callable[..., Application]:
    """A whole application, filled with samples: application("hund-anmelden", dogs=2, card={attribute: text})."""

    def fill(name: str, card: dict[str, str] | None = None, dogs: int = 1) -> Application:
        procedure = procedures[name]
        answers = dict(prefill(procedure, card or {}))
        while (step := journey(procedure, answers, DAY).next) is not None:
            answers = dict(first_accepted(procedure, answers, step, dogs))
        return Application(procedure, answers, "de", DAY)

    return fill


def first_accepted(procedure: Any, answers: dict[str, Answer], step: Any, dogs: int) -> Any:
    """The answers with this page filled by the first samples that may stand together."""
    more = "yes" if step.round < dogs else "no"
    choices = [(more,) if field.id == "more" else samples(field, DAY) or ("",) for field in step.fields]
    tried = (dict(zip(map(step.path, step.fields), texts, strict=True)) for texts in product(*choices))
    taken = (accept(procedure, answers, step.key, texts, DAY) for texts in tried)
    return next(result.answers for result in taken if isinstance(result, Accepted))


@pytest.fixture
def states() -> Callable[[Session], dict[str, Any]]:
    return every_state


@pytest.fixture
def ask() -> Callable[..., Answering]:
    return answering


@pytest.fixture
def in_look() -> Callable[..., Session]:
    return looking


@pytest.fixture
def long_name() -> str:
    return LONG_NAME
