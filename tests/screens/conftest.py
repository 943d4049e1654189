"""A stage without a display: kivy's offscreen window, its event loop turned by hand, a clock that stands."""

from __future__ import annotations

import os

os.environ["SDL_VIDEODRIVER"] = "offscreen"

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from screens.environment import Display, prepare

prepare(Display())

from kivy.base import EventLoop  # noqa: E402
from kivy.tests.common import UnitTestTouch  # noqa: E402

from kiosk.language import load  # noqa: E402
from kiosk.visit.model import Idle, Look, Offer, Session, Touched  # noqa: E402
from screens.app import Hooks, KioskApp  # noqa: E402
from screens.focus import focus  # noqa: E402
from screens.semantics import find, nodes  # noqa: E402
from screens.theme import PORTRAIT_27_INCH_DPI, theme  # noqa: E402
from screens.touch import REPEAT_S  # noqa: E402

DAY = date(2026, 11, 22)
SETTLE_FRAMES = 6


@dataclass
class Bench:
    """One KioskApp under a test's hands. `sent` is every event but `Touched`."""

    app: KioskApp
    clock: SimpleNamespace
    sent: list[Any] = field(default_factory=list)

    def show(self, state: Any) -> None:
        self.app.show(state)
        self.settle()

    def settle(self) -> None:
        """Frames until layouts and triggers are quiet."""
        for _ in range(SETTLE_FRAMES):
            EventLoop.idle()

    @property
    def screen(self) -> Any:
        return self.app.stage.frame.screen

    def find(self, node_id: str) -> Any:
        widget = find(self.app.stage.front(), node_id)
        assert widget is not None, f"no {node_id!r} among {[node.id for node in self.nodes()]}"
        return widget

    def nodes(self) -> tuple[Any, ...]:
        return nodes(self.app.stage.front())

    def tap(self, node_id: str, *, hurried: bool = False) -> None:
        """A finger on that widget; unless hurried, well after the tap before."""
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
            self.settle()

    def type(self, text: str) -> None:
        """On the terminal's own keyboard: straight into the focused field."""
        focus.current.insert(text)
        self.settle()

    def picture(self, path: Path) -> Path:
        self.app.stage.export_to_png(str(path))
        return path


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
    focus.take(None)
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
        ways=frozenset(),
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
