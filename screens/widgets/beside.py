"""Two things beside each other, and where a screen puts what is only read."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty

from screens.theme import theme
from screens.widgets.layout import Column

NARROW_MM = 215.0


class Beside(Column):
    """The first child left, the second right of it, tops aligned; below each other if narrow or `stacked`."""

    share = NumericProperty(0.44)
    gap = NumericProperty(32)
    stacked = BooleanProperty(False)

    def do_layout(self, *_: object) -> None:
        if self.stacked or self.width < theme.mm(NARROW_MM) or len(self.children) != 2:
            self.spacing = theme.space(16 if theme.flat else 32)
            super().do_layout()
            return
        right, left = self.children
        gap = theme.space(int(self.gap))
        left.width = self.width * self.share - gap / 2
        right.width = self.width - left.width - gap
        self.minimum_height = self.height = max(left.height, right.height)
        left.x, right.x = self.x, self.x + left.width + gap
        left.top = right.top = self.top


class Explanation(Column):
    """What is read, not touched: under the heading, on a landscape panel beside the body.

    In low reach it so leaves the lower half to what is touched. Where it does not fit into the upper half
    (large letters) it goes below the body, which pages.
    """

    def __init__(self, screen: Any, widget: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._screen = screen
        self._seen: tuple[float, float] | None = None
        self._look_soon = Clock.create_trigger(self._look, 0)
        self.add_widget(widget)
        self.bind(height=self._look_soon)
        theme.bind(revision=self._stand, low=self._stand)
        self._stand()

    def _stand(self, *_: object) -> None:
        self.inset = [0, 0 if theme.wide else theme.space(16), 0, 0]
        self._move(self._screen.aside if theme.wide else self._screen.head)
        self._look_soon()

    def _move(self, place: Any) -> None:
        if self.parent is not place:
            if self.parent is not None:
                self.parent.remove_widget(self)
            place.add_widget(self)

    def _look(self, *_: object) -> None:
        """Once everything kept its size for a frame: is the heading part higher than the upper half?"""
        screen = self._screen
        seen, self._seen = self._seen, (screen.head.height, screen.height)
        if seen != self._seen:
            self._look_soon()
            return
        room = screen.y + screen.height - theme.space(24) - theme.height / 2
        if theme.low and screen.parent is not None and screen.head.height > room:
            self._move(screen.aside)


def explain(screen: Any, widget: Any) -> None:
    """Put what is only read where a screen has room for it."""
    Explanation(screen, widget)


class Stack(Column):
    """A column with a step of space between its children that follows the panel: `step` as in `theme.space`."""

    step = NumericProperty(16)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        theme.bind(revision=self._regap)
        self.bind(step=self._regap)
        self._regap()

    def _regap(self, *_: object) -> None:
        self.spacing = theme.space(int(self.step))
