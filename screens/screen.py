"""What every screen is: a head (what this is about), a body (the one thing), an aside (help), two actions.

Rules
  1. A screen draws a state and sends events; it changes nothing itself.
  2. `update` is called with the first state and with every later one of the same `key`: it must keep what
     was typed and where the focus is, and say everything again in the language of now.
  3. Widgets from the .kv file go into the body; `aside` stands below it, on a landscape panel beside it.
  4. In low reach the head fills the upper half and everything that is touched lies in the lower one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from screens.text import N_
from screens.theme import theme
from screens.widgets.bars import Action
from screens.widgets.layout import Column, ScrollArea
from screens.widgets.text import Heading, Lead

SIDE_SHARE = 0.36
NARROWEST_ASIDE = 11  # times the body size: room for the longest words of a law


def load_layout(module_file: str) -> None:
    """Load the .kv file beside a screen's module, once."""
    path = str(Path(module_file).with_suffix(".kv"))
    if path not in Builder.files:
        Builder.load_file(path)


class Screen(Widget):
    """The base of all screens. `title` and `lead` are final texts: kv binds them with `tr.t`."""

    title = StringProperty("")
    lead = StringProperty("")
    back = ObjectProperty(None, allownone=True)
    forward = ObjectProperty(None, allownone=True)
    can_end = True
    help_texts: tuple[str, ...] = ()

    def __init__(self, send: Callable[[Any], None], **kwargs: Any) -> None:
        self.send = send
        self._place = Clock.create_trigger(self.place, -1)
        self._built = False
        self.head = Column()
        self.heading = Heading(node_id="title")
        self.lead_text = Lead(node_id="lead")
        self.body, self.aside = Column(), Column()
        self.split = Split(self.body, self.aside)
        self.content = Column()
        self.area = ScrollArea()
        super().__init__(**kwargs)
        self._built = True
        self._assemble()

    def _assemble(self) -> None:
        self.head.add_widget(self.heading)
        self.head.add_widget(self.lead_text)
        self.add_widget(self.area)
        self.bind(title=self._entitle, lead=self._entitle, pos=self._place, size=self._place)
        self.head.bind(height=self._place)
        theme.bind(revision=self._regap, low=self._reach)
        self._entitle()
        self._regap()
        self._reach()
        self.area.show(self.content)

    def add_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        """Widgets of the .kv file belong to the body."""
        if not self._built:
            self.body.add_widget(widget, *args, **kwargs)
        else:
            super().add_widget(widget, *args, **kwargs)

    @classmethod
    def key(cls, state: Any) -> Hashable:
        """Two states with the same key are drawn by the same screen, in place."""
        return cls.__name__

    def update(self, state: Any) -> None:
        """Draw `state`."""
        raise NotImplementedError

    def first_focus(self) -> Any | None:
        """What gets the focus when the screen appears; None: nothing yet."""
        return None

    def go_back(self, source: str = N_("Zurück")) -> Action:
        """The usual way back."""
        from kiosk.visit.model import BackWanted

        return Action(source, lambda: self.send(BackWanted()))

    def go_on(self, source: str, event: Callable[[], Any]) -> Action:
        """The usual way on: sends what `event` makes at that moment."""
        return Action(source, lambda: self.send(event()), "primary")

    def _entitle(self, *_: object) -> None:
        self.heading.text, self.lead_text.text = self.title, self.lead

    def _regap(self, *_: object) -> None:
        wide_gap = theme.space(24 if theme.flat else 40)
        self.content.spacing = wide_gap
        self.head.spacing = theme.space(16)
        self.body.spacing = self.aside.spacing = theme.space(16 if theme.flat else 24)
        self.content.inset = [0, theme.space(24 if theme.flat else 48), 0, theme.space(16)]

    def _reach(self, *_: object) -> None:
        """Put the head inside what scrolls, or above it in low reach."""
        for part in (self.head, self.split):
            if part.parent is not None:
                part.parent.remove_widget(part)
        if theme.low:
            super().add_widget(self.head, len(self.children))
        else:
            self.content.add_widget(self.head)
        self.content.add_widget(self.split)
        self.place()

    def place(self, *_: object) -> None:
        """Head and scrolled part where they belong."""
        if not theme.low:
            self.area.pos, self.area.size = self.pos, self.size
            return
        self.head.width = self.width
        self.head.pos = (self.x, self.y + self.height - theme.space(48) - self.head.height)
        self.area.pos = self.pos
        self.area.size = (self.width, max(0, min(self.height, theme.height / 2 - self.y)))


class Split(Column):
    """Body and aside: below each other, on a landscape panel beside each other if there is an aside."""

    def __init__(self, body: Column, aside: Column) -> None:
        self.body, self.aside = body, aside
        super().__init__()
        self.add_widget(body)
        self.add_widget(aside)
        theme.bind(revision=self._trigger_layout)

    def do_layout(self, *_: object) -> None:
        gap = theme.space(40 if theme.wide else 32)
        roomy = self.width * SIDE_SHARE >= theme.body * NARROWEST_ASIDE
        beside = theme.wide and roomy and bool(self.aside.children)
        side = self.width * SIDE_SHARE if beside else self.width
        self.aside.width = side
        self.body.width = self.width - side - gap if beside else self.width
        self.body.pos = (self.x, self.top - self.body.height)
        if beside:
            self.minimum_height = max(self.body.height, self.aside.height)
            self.grow(self.minimum_height)
            self.aside.pos = (self.x + self.width - side, self.top - self.aside.height)
            return
        gap = gap if self.body.height and self.aside.height else 0
        self.minimum_height = self.body.height + gap + self.aside.height
        self.grow(self.minimum_height)
        self.aside.pos = (self.x, self.body.y - gap - self.aside.height)
