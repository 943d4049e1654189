"""A summary to read: label, value, where it came from, and what one can do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.properties import StringProperty

from screens.theme import theme
from screens.widgets.buttons import PushButton
from screens.widgets.layout import Column
from screens.widgets.text import Body, Lead, Strong

LABEL_SHARE = 0.3
ACTION_SHARE = 0.24


class SummaryRow(Column):
    """One row: label left, value in the middle, action right; a line below. Texts are final.

    `origin` is a short remark about the value ("vom Ausweis"), `action` a link.
    """

    name = StringProperty("")

    def __init__(self, label: str, value: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.label = Lead(text=label, role="part")
        self.value = Body(text=value or "–", node_id=self.name, role="row", label=label, private=True)
        self.origin = Strong(role="part")
        self.link: PushButton | None = None
        for part in (self.label, self.value, self.origin):
            self.add_widget(part)
        with self.canvas.after:
            self._ink, self._rule = Color(), Rectangle()
        self.value.spoken_value = self._spoken

    def _spoken(self) -> str:
        return ", ".join(part for part in (self.value.text, self.origin.text) if part)

    def remark(self, text: str, tone: str = "success") -> None:
        """Say where the value came from."""
        self.origin.text, self.origin.color = text, getattr(theme, tone)

    def offer(self, text: str, action: Callable[[], None], name: str) -> None:
        """Add the link at the right."""
        self.link = PushButton(text=text, kind="link", halign="right", node_id=name, size_hint_x=None)
        self.link.label = f"{text}: {self.label.text}"
        self.link.bind(on_tap=lambda _button: action())
        self.add_widget(self.link)

    def do_layout(self, *_: object) -> None:
        pad = theme.space(16)
        label_width = self.width * LABEL_SHARE
        link_width = self.width * ACTION_SHARE if self.link is not None else 0
        self.label.width = label_width - pad
        self.value.width = self.origin.width = self.width - label_width - link_width - pad
        text_height = max(self.label.height, self.value.height + self.origin.height)
        least = max(text_height, self.link.needed if self.link is not None else 0)
        self.minimum_height = self.height = least + 2 * theme.space(8)
        top = self.top - theme.space(8) - max(0, (least - text_height) / 2)
        self.label.pos = (self.x, top - self.label.height)
        self.value.pos = (self.x + label_width, top - self.value.height)
        self.origin.pos = (self.x + label_width, self.value.y - self.origin.height)
        if self.link is not None:
            self.link.width = link_width
            self.link.pos = (self.x + self.width - link_width, self.center_y - self.link.height / 2)
        self._ink.rgba = theme.line
        self._rule.pos, self._rule.size = self.pos, (self.width, max(1, theme.space(2)))


class Rows(Column):
    """A section of a summary: its title and its rows."""

    def __init__(self, title: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if title:
            self.add_widget(Strong(text=title, role="heading"))

    def row(self, label: str, value: str, name: str) -> SummaryRow:
        """Add a row; its semantic id is `name`."""
        row = SummaryRow(label, value, name=name)
        self.add_widget(row)
        return row
