"""Putting things below and beside each other, and paging through what does not fit.

Rules
  1. Heights come from the words; a layout never squeezes.
  2. What does not fit is paged with two visible buttons. Dragging works too, but is never needed.
  3. A child without height takes no gap, so an empty hint leaves no hole.
"""

from __future__ import annotations

import math
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, Rectangle, ScissorPop, ScissorPush
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.layout import Layout
from kivy.uix.widget import Widget

from screens.focus import focus
from screens.text import N_
from screens.theme import theme
from screens.touch import SCROLLED
from screens.widgets.boxed import Boxed
from screens.widgets.buttons import PushButton

DRAG_MM = 6.0
RING_ROOM = 8


class Column(Layout):
    """Children below each other, each as wide as the column, the column as high as they need."""

    spacing = NumericProperty(0)
    inset = ListProperty([0, 0, 0, 0])
    minimum_height = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("size_hint_y", None)
        kwargs.setdefault("width", 0)  # unknown yet: words in it are not laid out in vain
        super().__init__(**kwargs)
        for name in ("pos", "size", "spacing", "inset", "children"):
            self.fbind(name, self._trigger_layout)

    def do_layout(self, *_: object) -> None:
        left, above, right, below = self.inset
        shown = [child for child in reversed(self.children) if child.height > 0]
        gaps = max(0, len(shown) - 1) * self.spacing
        self.minimum_height = above + below + gaps + sum(child.height for child in shown)
        if self.size_hint_y is None:
            self.grow(self.minimum_height)
        top = self.top - above
        for child in reversed(self.children):
            if child.size_hint_x is not None:
                child.width = max(0, self.width - left - right) * child.size_hint_x
            child.x = self.x + left
            child.top = top
            if child.height > 0:
                top -= child.height + self.spacing

    def grow(self, height: float) -> None:
        """Become that high, downwards: kivy keeps the lower edge, and everything inside would move up and back."""
        if height != self.height:
            top = self.top
            self.height = height
            self.top = top


class Panel(Boxed, Column):
    """A column on a painted surface."""


class Grid(Layout):
    """Buttons in equal columns; all of one row are as high as the highest (`needed`). `shares` weighs columns."""

    columns = NumericProperty(2)
    spacing = NumericProperty(0)
    shares = ListProperty([])

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("size_hint_y", None)
        kwargs.setdefault("width", 0)  # unknown yet: words in it are not laid out in vain
        super().__init__(**kwargs)
        for name in ("pos", "size", "spacing", "columns", "shares", "children"):
            self.fbind(name, self._trigger_layout)

    def add_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        super().add_widget(widget, *args, **kwargs)
        widget.fbind("needed", self._trigger_layout)

    def remove_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        widget.funbind("needed", self._trigger_layout)
        super().remove_widget(widget, *args, **kwargs)

    def do_layout(self, *_: object) -> None:
        children = list(reversed(self.children))
        columns = max(1, int(self.columns))
        shares = self.shares or [1] * columns
        room = self.width - (columns - 1) * self.spacing
        widths = [room * share / sum(shares) for share in shares]
        rows = [children[start : start + columns] for start in range(0, len(children), columns)]
        heights = [max(child.needed for child in row) for row in rows]
        self.height = sum(heights) + max(0, len(rows) - 1) * self.spacing
        top = self.top
        for row, height in zip(rows, heights, strict=True):
            left = self.x
            for child, width in zip(row, widths, strict=False):
                child.size = (width, height)
                child.pos = (left, top - height)
                left += width + self.spacing
            top -= height + self.spacing


class PageButton(PushButton):
    """Pages a scroll area. At the end it is `spent`: grey, but still in the focus ring, which must not jump."""

    spent = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(spent=self.redress)

    def dress(self) -> None:
        super().dress()
        if theme.wide:
            self.padding = [theme.space(32) + self.icon_size, theme.space(12), theme.space(8), theme.space(12)]
        if self.spent:
            self.color = self.icon_color = self.edge = theme.key_special


def stands_in(widget: Any, ancestor: Any) -> bool:
    """Whether `widget` is somewhere below `ancestor`."""
    while widget is not None and widget is not ancestor:
        widget = widget.parent if widget.parent is not widget else None
    return widget is ancestor


class Clip(Widget):
    """Shows of its children what lies inside it. Cut by scissors, which are free; a stencil is drawn twice, slowly."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.canvas.before:
            self._cut = ScissorPush()
        with self.canvas.after:
            ScissorPop()
        self.bind(pos=self._fit, size=self._fit)
        self._fit()

    def _fit(self, *_: object) -> None:
        cut = self._cut
        cut.x, cut.y = math.floor(self.x), math.floor(self.y)
        cut.width, cut.height = math.ceil(self.width), math.ceil(self.height)


class ScrollArea(Widget):
    """A window onto `content`, which may be higher. Two buttons page; a drag scrolls as well.

    `rest` is what can still be scrolled, in pixels.
    """

    content = ObjectProperty(None, allownone=True)
    offset = NumericProperty(0)
    overflow = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        self._place = Clock.create_trigger(self.place, -1)
        self._follow_soon = Clock.create_trigger(self._follow, 0)
        super().__init__(**kwargs)
        self.view = Clip()
        with self.canvas.after:
            self._fold_ink, self._fold = Color(rgba=(0, 0, 0, 0)), Rectangle(size=(0, 0))
        self.pager: BoxLayout | None = None
        self.add_widget(self.view)
        for name in ("pos", "size", "offset"):
            self.fbind(name, self._place)
        self.fbind("size", self.follow_focus)
        focus.bind(changes=self.follow_focus)

    def show(self, content: Any) -> None:
        """Put `content` in, from its beginning."""
        if self.content is not None:
            self.content.unbind(height=self._place)
            self.content.unbind(height=self.follow_focus)
        self.view.clear_widgets()
        self.content, self.offset = content, 0
        self.view.add_widget(content)
        content.size_hint = (None, None)
        content.bind(height=self._place)
        content.bind(height=self.follow_focus)
        self._place()

    @property
    def rest(self) -> float:
        return max(0.0, self.content.height - self.view.height) if self.content is not None else 0.0

    def place(self, *_: object) -> None:
        """Set everything to where it belongs now."""
        if self.content is None:
            return
        self.overflow = self.content.height > self.height + 1
        if self.overflow and self.pager is None:
            self._make_pager()
        if self.overflow and self.pager.parent is None:
            self.add_widget(self.pager)
        elif not self.overflow and self.pager is not None and self.pager.parent is not None:
            self.remove_widget(self.pager)
        below, beside = self._place_pager() if self.overflow else (0, 0)
        ring = theme.space(RING_ROOM)  # the focus ring stands out of its widget and must not be clipped
        self.view.size = (self.width - beside + 2 * ring, max(0, self.height - below))
        self.view.pos = (self.x - ring, self.y + below)
        self.offset = min(max(0, self.offset), self.rest)
        self.content.width = self.width - beside
        self.content.x = self.x
        self.content.top = self.view.top + self.offset
        more = self.overflow and self.offset < self.rest - 1
        self._fold_ink.rgba = theme.line if more else (0, 0, 0, 0)
        self._fold.pos, self._fold.size = (self.x, self.view.y), (self.width - beside, theme.space(2))
        if self.pager is not None:
            self.page_up.spent = self.offset <= 0
            self.page_down.spent = self.offset >= self.rest - 1

    def _make_pager(self) -> None:
        """The buttons are made when a text first does not fit: most pages need none."""
        self.pager = BoxLayout(size_hint=(None, None))
        self.page_up = PageButton(icon="up", kind="plain", node_id="page-up")
        self.page_down = PageButton(icon="down", kind="plain", node_id="page-down")
        for button, step in ((self.page_up, -1), (self.page_down, 1)):
            button.least = theme.mm(20)
            button.icon_size = theme.mm(8)
            button.redress()
            button.bind(on_tap=lambda _button, way=step: self.page(way), needed=self._place)
            self.pager.add_widget(button)

    def _place_pager(self) -> tuple[float, float]:
        """The two buttons below the text, on a landscape panel beside it; the room they take below and beside."""
        up, down = self.page_up, self.page_down
        up.source, down.source = (N_("Hoch"), N_("Runter")) if theme.wide else (N_("Zurückblättern"), N_("Weiterlesen"))
        gap = theme.space(24)
        self.pager.spacing = theme.mm(3)
        if theme.wide:
            width = theme.body * 6
            self.pager.orientation = "vertical"
            self.pager.size = (width, up.needed + down.needed + self.pager.spacing)
            self.pager.pos = (self.x + self.width - width, self.y + theme.space(8))
            return 0, width + gap
        self.pager.orientation = "horizontal"
        self.pager.size = (self.width, max(up.needed, down.needed))
        self.pager.pos = (self.x, self.y + theme.space(8))
        return self.pager.height + gap, 0

    def page(self, direction: int) -> None:
        """One page on, with two lines of what was read before still in sight."""
        self.offset = min(max(0, self.offset + direction * (self.view.height - 2 * theme.body)), self.rest)

    def reveal(self, widget: Any) -> None:
        """Scroll so that `widget` can be seen."""
        room = theme.space(16)
        if widget.top + room > self.view.top:
            self.offset = max(0, self.offset - (widget.top + room - self.view.top))
        elif widget.y - room < self.view.y:
            self.offset = min(self.rest, self.offset + self.view.y - widget.y + room)

    def follow_focus(self, *_: object) -> None:
        """Keep the focused widget in sight, once everything has its place."""
        self._follow_soon()

    def _follow(self, *_: object) -> None:
        current = focus.current
        if current is not None and self.content is not None and stands_in(current, self.content):
            self.reveal(current)

    def on_touch_down(self, touch: Any) -> bool:
        if self.overflow and self.pager.collide_point(*touch.pos):
            return bool(self.pager.dispatch("on_touch_down", touch))
        if not self.view.collide_point(*touch.pos):
            return False
        touch.ud[self] = self.offset
        return bool(self.view.dispatch("on_touch_down", touch))

    def on_touch_move(self, touch: Any) -> bool:
        start = touch.ud.get(self)
        if start is not None and self.overflow and touch.grab_current is None:
            way = touch.y - touch.oy
            if SCROLLED in touch.ud or abs(way) > theme.mm(DRAG_MM):
                touch.ud[SCROLLED] = True
                self.offset = min(max(0, start + way), self.rest)
        return bool(super().on_touch_move(touch))
