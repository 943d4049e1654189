"""The two rows that never move: back and continue, and below them the access bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kivy.clock import Clock
from kivy.uix.widget import Widget

from kiosk.language import native_name
from screens.text import N_, tr
from screens.theme import theme
from screens.widgets.boxed import Boxed
from screens.widgets.buttons import BarButton, PushButton
from screens.widgets.header import end_button
from screens.widgets.layout import Grid


@dataclass(frozen=True, slots=True)
class Action:
    """A button of the row: its German words, what it does, how it looks."""

    source: str
    run: Callable[[], None]
    kind: str = "secondary"


class NavigationRow(Widget):
    """Back at the left, continue at the right; between them, in low reach, the way out."""

    def __init__(self, **kwargs: Any) -> None:
        self._place = Clock.create_trigger(self.place, -1)
        super().__init__(size_hint_y=None, **kwargs)
        self.grid = Grid()
        self.back = PushButton(node_id="back")
        self.forward = PushButton(node_id="continue", kind="primary")
        self.end = end_button()
        self._runs: dict[Any, Callable[[], None]] = {}
        for button in (self.back, self.forward):
            button.bind(on_tap=self._run)
        self.add_widget(self.grid)
        self.grid.bind(height=self._place)
        self.bind(pos=self._place, size=self._place)
        theme.bind(revision=self._place)

    def offer(self, back: Action | None, forward: Action | None, *, end: bool) -> None:
        """Show these buttons. A row without any takes no room."""
        self.grid.clear_widgets()
        self._runs.clear()
        shares = []
        for button, action, share in ((self.back, back, 1.0), (self.forward, forward, 1.95)):
            if action is not None:
                button.source, button.kind = action.source, action.kind
                self._runs[button] = action.run
                self.grid.add_widget(button)
                shares.append(share)
            if button is self.back and end:
                self.grid.add_widget(self.end)
                shares.append(1.3)
        self.grid.columns, self.grid.shares = max(1, len(shares)), shares or [1]
        self.place()

    def _run(self, button: Any) -> None:
        if run := self._runs.get(button):
            run()

    def place(self, *_: object) -> None:
        least = theme.mm(20 if theme.flat else 28)
        for button in (self.back, self.forward, self.end):
            button.least = least
        above = theme.space(16 if theme.flat else 24)
        self.grid.spacing = theme.gap
        self.grid.width = self.width - 2 * theme.margin
        self.grid.pos = (self.x + theme.margin, self.y + above)
        self.height = self.grid.height + 2 * above if self.grid.children else 0


class AccessBar(Boxed, Widget):
    """How one wants to see the screen, on every screen: contrast, size, reach, help, language."""

    def __init__(self, languages: Sequence[str], **kwargs: Any) -> None:
        for event in ("on_look", "on_help", "on_language"):
            self.register_event_type(event)
        self.languages = tuple(languages)
        self._place = Clock.create_trigger(self.place, -1)
        super().__init__(size_hint_y=None, **kwargs)
        self.radius = 0
        self.grid = Grid()
        self.add_widget(self.grid)
        self.contrast = self._switch("contrast", N_("Kontrast"), lambda: self.dispatch("on_look", "contrast"))
        self.large = self._switch("larger", N_("Größer"), lambda: self.dispatch("on_look", "large"))
        self.lower = self._switch("lower", N_("Tiefer"), lambda: self.dispatch("on_look", "low"))
        self.help = self._switch("help", N_("Hilfe"), lambda: self.dispatch("on_help"))
        self.language = self._switch("language", "", lambda: self.dispatch("on_language"))
        self.grid.bind(height=self._place)
        self.bind(pos=self._place, size=self._place)
        theme.bind(revision=self.redress)
        tr.bind(t=self.redress)
        self.redress()

    def _switch(self, icon: str, source: str, action: Callable[[], None]) -> BarButton:
        button = BarButton(icon=icon, source=source, node_id=icon)
        button.bind(on_tap=lambda _button: action())
        return button

    def redress(self, *_: object) -> None:
        self.fill = theme.tinted
        self.contrast.active, self.large.active, self.lower.active = theme.contrast, theme.large, theme.low
        shown = [self.contrast, self.large, self.lower, self.help, self.language]
        if theme.wide:
            shown.remove(self.lower)
        if len(self.languages) < 2:
            shown.remove(self.language)
        if [*reversed(self.grid.children)] != shown:
            self.grid.clear_widgets()
            for button in shown:
                self.grid.add_widget(button)
        self.grid.columns = len(shown)
        self.language.text = self._language_text()
        self.place()

    def other_language(self) -> str | None:
        """With two languages the button switches to the other one; with more it asks."""
        others = [code for code in self.languages if code != tr.language.code]
        return others[0] if len(others) == 1 else None

    def _language_text(self) -> str:
        other = self.other_language()
        return native_name(other) if other else tr.t("Sprache")

    def place(self, *_: object) -> None:
        above = theme.space(8 if theme.flat else 16)
        self.grid.spacing = theme.mm(3)
        self.grid.width = self.width - 2 * theme.margin
        self.grid.pos = (self.x + theme.margin, self.y + above)
        self.height = self.grid.height + 2 * above

    def on_look(self, which: str) -> None:
        """ "contrast", "large" or "low" was pressed."""

    def on_help(self) -> None:
        """Help was pressed."""

    def on_language(self) -> None:
        """The language button was pressed."""
