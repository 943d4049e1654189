"""A question in front of everything else: the rest is dimmed, cannot be touched and leaves the focus ring.

It stands at the foot of the panel, where every arm reaches; `floor` keeps the access bar free and
usable. Long texts page like a screen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, Rectangle
from kivy.properties import NumericProperty
from kivy.uix.widget import Widget

from screens.text import Translated
from screens.theme import theme
from screens.widgets.boxed import Boxed
from screens.widgets.buttons import PushButton
from screens.widgets.layout import Column, Grid, ScrollArea
from screens.widgets.text import Body, Heading

WIDEST_MM = 360.0


class Dialog(Widget):
    """Heading, paragraphs, buttons. `escape` is what the escape key does; None: nothing."""

    floor = NumericProperty(0)

    def __init__(self, title: str, name: str, **kwargs: Any) -> None:
        self._place_soon = Clock.create_trigger(self._place, -1)
        super().__init__(**kwargs)
        self.name = name
        self.escape: Callable[[], None] | None = None
        with self.canvas.before:
            self._shade = Color(rgba=theme.shade)
            self._cover = Rectangle()
        self.sheet = Sheet()
        self.content = Column()
        self.area = ScrollArea()
        self.buttons = Grid(columns=1)
        self.heading = Heading(source=title, node_id=f"{name}.title")
        self.content.add_widget(self.heading)
        self.area.show(self.content)
        for part in (self.sheet, self.area, self.buttons):
            self.add_widget(part)
        for watched in (self, self.content, self.buttons):
            watched.bind(size=self._place_soon, pos=self._place_soon)
        self.bind(floor=self._place_soon)
        theme.bind(revision=self._place_soon)
        self._place()

    def say(self, source: str, **params: object) -> Translated:
        """Add a paragraph of German text."""
        paragraph = Body(source=source, params=params)
        self.content.add_widget(paragraph)
        return paragraph

    def offer(self, source: str, action: Callable[[], None], kind: str = "secondary") -> PushButton:
        """Add a button; `action` runs once when it is pressed."""
        button = PushButton(source=source, kind=kind, node_id=f"{self.name}.{len(self.buttons.children) + 1}")
        button.bind(on_tap=lambda _button: action())
        self.buttons.add_widget(button)
        return button

    def _place(self, *_: object) -> None:
        pad = theme.space(48 if not theme.flat else 32)
        self._shade.rgba = theme.shade
        self._cover.pos, self._cover.size = (self.x, self.y + self.floor), (self.width, self.height - self.floor)
        self.content.spacing, self.buttons.spacing = theme.space(24), theme.gap
        self.buttons.columns = len(self.buttons.children) if theme.wide else 1
        width = min(self.width - 2 * theme.margin, theme.mm(WIDEST_MM))
        highest = (self.height / 2 if theme.low else self.height) - self.floor - 2 * theme.margin
        fixed = 2 * pad + self.buttons.height + theme.space(32)
        text = min(self.content.height, highest - fixed)
        self.sheet.size = (width, text + fixed)
        self.sheet.pos = (self.center_x - width / 2, self.y + self.floor + theme.margin)
        inner = width - 2 * pad
        self.buttons.width, self.buttons.pos = inner, (self.sheet.x + pad, self.sheet.y + pad)
        self.area.size = (inner, text)
        self.area.pos = (self.sheet.x + pad, self.buttons.top + theme.space(32))

    def on_touch_down(self, touch: Any) -> bool:
        super().on_touch_down(touch)
        return True  # nothing behind it is touched


class Sheet(Boxed, Widget):
    """The surface of a dialog."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        theme.bind(revision=self._dress)
        self._dress()

    def _dress(self, *_: object) -> None:
        self.fill, self.edge, self.edge_width, self.radius = theme.background, theme.line, 2, 8
