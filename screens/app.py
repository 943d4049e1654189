"""The kivy application: shows the visit's state, sends what the citizen does.

Rules
  1. `show` draws a state; it never makes one. Every touch becomes one `TouchEvent` for `send`.
  2. A state with the same key is drawn in place: typed text and focus survive a new language, another
     contrast and "are you still there?".
  3. Everything runs on the UI thread; `run` is the asyncio loop's only long coroutine here.
"""

from __future__ import annotations

import dataclasses
import gc
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.uix.widget import Widget

from kiosk.language import Language
from kiosk.visit.model import (
    Ended,
    IdentifyingPhase,
    Interrupted,
    LanguageChosen,
    LookChosen,
    MoreTimeWanted,
    State,
    Touched,
    TouchEvent,
)
from screens.environment import Display, density, open_window
from screens.gallery import screen_class
from screens.stage import Stage, end_dialog, help_dialog, language_dialog
from screens.text import N_, tr
from screens.theme import PORTRAIT_27_INCH_DPI, theme
from screens.touch import gate
from screens.widgets.dialog import Dialog

ALIVE_EVERY_S = 1.0
WATCHDOG_EVERY_S = 5.0
STRIP_MM = 14.0
# Widgets are cycles, so a left screen goes with a collection: shortly after the next one stands, not while it is built.
SWEEP_AFTER_S = 0.4
GC_THRESHOLDS = (20_000, 50, 50)


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the composition root hangs in. `watchdog` is fed from kivy's clock, so a frozen screen starves it.

    `strip` are (label, action) buttons of the simulation under the panel; `first_frame` is called once.
    """

    watchdog: Callable[[], None] | None = None
    first_frame: Callable[[], None] | None = None
    strip: Sequence[tuple[str, Callable[[], None]]] = field(default=())
    now: Callable[[], float] = time.monotonic


class KioskApp(App):
    """One window, one stage. Make it, `show` a state, then `run`."""

    def __init__(
        self,
        languages: Mapping[str, Language],
        send: Callable[[TouchEvent], None],
        display: Display | None = None,
        hooks: Hooks | None = None,
    ) -> None:
        super().__init__()
        self.languages = languages
        self.send = send
        self.display = display or Display()
        self.hooks = hooks or Hooks()
        self.state: State | None = None
        self.window = open_window()
        gate.now = self.hooks.now
        gate.open()
        self._alive_at = float("-inf")
        dpi = density(self.window, self.display.density_dpi, PORTRAIT_27_INCH_DPI)
        self._strip = self._make_strip(dpi)
        theme.measure(self.window.width, self.window.height - (self._strip.height if self._strip else 0), dpi)
        self.stage = Stage(tuple(languages), self._alive)
        self._place()
        self.window.bind(size=self._place)
        self._listen()
        self._sweep = Clock.create_trigger(self._swept, SWEEP_AFTER_S)
        if not gc.get_freeze_count():
            gc.freeze()  # all this stays: later collections look at screens only and take 5 instead of 100 ms
            gc.set_threshold(*GC_THRESHOLDS)

    def _swept(self, _dt: float) -> None:
        """Not while a card is read: the reader's thread wants the processor, too."""
        if getattr(self.state, "phase", None) is IdentifyingPhase.READING:
            self._sweep()
        else:
            gc.collect()

    def _make_strip(self, dpi: float) -> Any:
        if not self.hooks.strip:
            return None
        from screens.widgets.strip import Strip

        return Strip(self.hooks.strip, height=STRIP_MM * dpi / 25.4)

    def _listen(self) -> None:
        frame = self.stage.frame
        frame.bar.bind(
            on_look=lambda _bar, which: self._look(which),
            on_help=lambda _bar: self._help(),
            on_language=lambda _bar: self._language(),
        )
        for button in (frame.header.end, frame.navigation.end):
            button.bind(on_tap=lambda _button: self.stage.ask(end_dialog(self.stage, lambda: self.send(Ended()))))

    def build(self) -> Widget:
        """The root widget, for kivy."""
        self.window.bind(on_key_down=self._key)
        if self.hooks.watchdog is not None:
            Clock.schedule_interval(lambda _dt: self.hooks.watchdog and self.hooks.watchdog(), WATCHDOG_EVERY_S)
        if self.hooks.first_frame is not None:
            self.window.bind(on_flip=self._flipped)
        root = Widget()
        root.bind(size=self._place)
        root.add_widget(self.stage)
        if self._strip is not None:
            root.add_widget(self._strip)
        return root

    def open_settings(self, *_: object) -> bool:
        """Kivy's own settings panel has no place on a public terminal."""
        return False

    async def run_async(self) -> None:
        """Run until the window closes."""
        await self.async_run("asyncio")

    def _flipped(self, *_: object) -> None:
        self.window.unbind(on_flip=self._flipped)
        if self.hooks.first_frame is not None:
            self.hooks.first_frame()

    def _place(self, *_: object) -> None:
        below = 0.0
        if self._strip is not None:
            self._strip.width = self.window.width
            below = self._strip.height
        self.stage.pos = (0, below)
        self.stage.size = (self.window.width, self.window.height - below)

    def show(self, state: State) -> None:
        """Draw `state`: language and look first, then the screen, then what stands in front of it."""
        session = state.session
        inner = state.previous if isinstance(state, Interrupted) else state
        tr.use(self.languages[session.language])
        theme.wear(contrast=session.look.contrast, large=session.look.large, low=session.look.low)
        self.state = state
        kind = screen_class(inner)
        key = (kind, kind.key(inner))
        current = self.stage.frame.screen
        self.stage.frame.header.town = session.offer.town
        self.stage.frame.header.town_dsb = session.offer.town_dsb
        if current is not None and getattr(current, "shown_key", None) == key:
            current.update(inner)
        else:
            screen = kind(self.send)
            screen.shown_key = key
            screen.update(inner)
            self.stage.put(screen)
            self._sweep()
        self._interrupt(state)

    def _interrupt(self, state: State) -> None:
        dialog = self.stage.dialog
        ours = isinstance(dialog, StillThere)
        if not isinstance(state, Interrupted):
            if ours:
                self.stage.close()
            return
        if not ours:
            dialog = StillThere(self.send)
            self.stage.ask(dialog)
        dialog.count(max(0, math.ceil(state.deadline - state.session.now)))

    def _look(self, which: str) -> None:
        if self.state is not None:
            look = self.state.session.look
            self.send(LookChosen(dataclasses.replace(look, **{which: not getattr(look, which)})))

    def _language(self) -> None:
        other = self.stage.frame.bar.other_language()
        if other is not None:
            self.send(LanguageChosen(other))
            return
        if self.stage.dialog is not None:
            return
        names = {code: language.name for code, language in self.languages.items()}
        self.stage.ask(language_dialog(self.stage, names, self._speak))

    def _speak(self, code: str) -> None:
        self.stage.close()
        self.send(LanguageChosen(code))

    def _help(self) -> None:
        if self.stage.dialog is not None:
            return
        screen = self.stage.frame.screen
        self.stage.ask(help_dialog(self.stage, screen.help_texts if screen is not None else ()))

    def _alive(self) -> None:
        """A finger or key that may mean nothing else keeps the visit alive, at most once a second."""
        now = self.hooks.now()
        if now - self._alive_at >= ALIVE_EVERY_S and not isinstance(self.state, Interrupted):
            self._alive_at = now
            self.send(Touched())

    def _key(self, _window: Any, code: int, _scan: int, text: str | None, _modifiers: Any) -> bool:
        return self.stage.on_key(code, text)


class StillThere(Dialog):
    """ "Are you still there?" with the seconds left. Any key or touch on "more time" goes on."""

    def __init__(self, send: Callable[[TouchEvent], None]) -> None:
        super().__init__(N_("Sind Sie noch da?"), "still-there")
        self.seconds = self.say(N_("In {seconds} Sekunden löschen wir Ihre Angaben."), seconds=0)
        self.offer(N_("Mehr Zeit"), lambda: send(MoreTimeWanted()), "primary")
        self.offer(N_("Beenden und löschen"), lambda: send(Ended()), "danger")
        self.escape = lambda: send(MoreTimeWanted())

    def count(self, seconds: int) -> None:
        self.seconds.params = {"seconds": seconds}
