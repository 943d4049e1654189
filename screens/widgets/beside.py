"""Two things beside each other, and where a screen puts what is only read."""

from __future__ import annotations

from typing import Any

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


def explain(screen: Any, widget: Any) -> None:
    """Put what is read, not touched, under the heading; on a landscape panel beside the body.

    So in low reach it goes up with the heading and leaves the lower half to what is touched.
    """
    if theme.wide:
        screen.aside.add_widget(widget)
    else:
        screen.head.add_widget(BelowHeading(widget))


class BelowHeading(Column):
    """A little room between the heading's words and what explains them."""

    def __init__(self, widget: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_widget(widget)
        theme.bind(revision=self._regap)
        self._regap()

    def _regap(self, *_: object) -> None:
        self.inset = [0, theme.space(16), 0, 0]


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
