"""A summary to read: label, value, where it came from, and what one can do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.graphics import Color, Rectangle

from screens.theme import theme
from screens.widgets.buttons import PushButton
from screens.widgets.layout import Column
from screens.widgets.signs import SignLine
from screens.widgets.text import Body, Lead, Strong

LABEL_SHARE = 0.3
ACTION_MM = 78.0
ACTION_LARGE_MM = 98.0


class SummaryRow(Column):
    """Label left, value in the middle, action right, a line below; in large mode the label above. Texts are final.

    What was remarked about the value stands under it with a sign of its own.
    """

    def __init__(self, label: str, value: str, name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.label = Lead(text=label, role="part")
        self.value = Body(text=value, node_id=name, role="row", label=label, private=True)
        self.value.spoken_value = self._spoken
        self.remarks: list[Any] = []
        self.link: PushButton | None = None
        self.add_widget(self.label)
        self.add_widget(self.value)
        with self.canvas.after:
            self._ink, self._rule = Color(), Rectangle()
        theme.bind(revision=self._trigger_layout)

    def _spoken(self) -> str:
        return ", ".join([self.value.text, *(remark.text for remark in self.remarks)])

    def badge(self, text: str, icon: str, tone: str) -> None:
        """Where the value came from, or what is in doubt about it."""
        self._remark(SignLine(text=text, icon=icon, tone=tone, filled=True, bold=True, role="part", size_hint_x=None))

    def add(self, text: str) -> None:
        """Another line under the value."""
        self._remark(Body(text=text, role="part"))

    def _remark(self, widget: Any) -> None:
        self.remarks.append(widget)
        self.add_widget(widget, 1 if self.link is not None else 0)

    def offer(self, text: str, action: Callable[[], None], name: str) -> None:
        """Add the link at the right; it is spoken with the row's label."""
        link = PushButton(text=text, kind="link", halign="right", node_id=name, label=f"{text}: {self.label.text}")
        link.least = theme.mm(20)
        link.bind(on_tap=lambda _link: action())
        self.link = link
        self.add_widget(link)

    def do_layout(self, *_: object) -> None:
        stacked = theme.large and not theme.wide
        gap = theme.space(16)
        label_width = 0 if stacked else self.width * LABEL_SHARE
        link_width = theme.mm(ACTION_LARGE_MM if theme.large else ACTION_MM) if self.link is not None else 0
        room = max(0, self.width - label_width - link_width - gap)
        self.label.width = room if stacked else label_width - gap
        parts = [self.label, self.value, *self.remarks] if stacked else [self.value, *self.remarks]
        for part in parts[1:] if stacked else parts:
            part.width = min(room, part.natural_width()) if isinstance(part, SignLine) else room
        text = sum(part.height for part in parts) + theme.space(8) * len(self.remarks)
        text = text if stacked else max(text, self.label.height)
        target = self.link.needed if self.link is not None else 0
        least, above = max(text, target), theme.space(12 if text + theme.space(8) > target else 4)
        self.minimum_height = least + 2 * above
        self.grow(self.minimum_height)
        self._stand(parts, self.x + label_width, self.top - above - (least - text) / 2)
        if not stacked:
            self.label.pos = (self.x, parts[0].top - self.label.height)
        self._close(link_width)

    def _stand(self, parts: list[Any], left: float, top: float) -> None:
        for part in parts:
            top -= theme.space(8) if part in self.remarks else 0
            part.pos = (left, top - part.height)
            top -= part.height

    def _close(self, link_width: float) -> None:
        if self.link is not None:
            self.link.width = link_width
            self.link.pos = (self.x + self.width - link_width, self.center_y - self.link.height / 2)
        self._ink.rgba = theme.line
        self._rule.pos, self._rule.size = self.pos, (self.width, max(1, theme.space(1)))


class Rows(Column):
    """A section of a summary: its title and its rows."""

    def __init__(self, title: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_widget(Strong(text=title, role="heading"))

    def row(self, label: str, value: str, name: str) -> SummaryRow:
        """Add a row; its semantic id is `name`."""
        row = SummaryRow(label, value, name)
        self.add_widget(row)
        return row
