"""How far one is, in words and as a bar."""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, SmoothRoundedRectangle
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.widget import Widget

from screens.theme import theme
from screens.widgets.layout import Column
from screens.widgets.text import Lead


class Bar(Widget):
    """A bar filled up to `share` (0 to 1)."""

    share = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(size_hint_y=None, **kwargs)
        with self.canvas:
            self._track_ink, self._track = Color(), SmoothRoundedRectangle()
            self._done_ink, self._done = Color(), SmoothRoundedRectangle()
        for name in ("pos", "size", "share"):
            self.fbind(name, self._paint)
        theme.bind(revision=self._paint)
        self._paint()

    def _paint(self, *_: object) -> None:
        self.height = theme.space(14)
        self._track_ink.rgba, self._done_ink.rgba = theme.key_special, theme.action
        self._track.pos, self._track.size = self.pos, self.size
        self._done.pos = self.pos
        self._done.size = (max(self.height, self.width * min(1, max(0, self.share))), self.height)
        self._track.radius = self._done.radius = [self.height / 2]


class ProgressLine(Column):
    """`what` names the procedure, `place` says "Seite 5 von 13"; both already in the citizen's language."""

    what = StringProperty("")
    place = StringProperty("")
    share = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = TwoEnds()
        self.bar = Bar()
        self.add_widget(self.words)
        self.add_widget(self.bar)
        self.bind(what=self._tell, place=self._tell, share=self._tell)
        theme.bind(revision=self._tell)
        self._tell()

    def _tell(self, *_: object) -> None:
        self.spacing = theme.space(8)
        self.words.start.text, self.words.end.text, self.bar.share = self.what, self.place, self.share


class TwoEnds(Column):
    """Two short texts on one line, one at each end; below each other when they do not fit."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.start, self.end = Lead(), Lead(halign="right")
        self.add_widget(self.start)
        self.add_widget(self.end)

    def do_layout(self, *_: object) -> None:
        self.start.width, self.end.width = self.width * 0.66, self.width * 0.34
        self.start.x = self.x
        self.end.x = self.x + self.width - self.end.width
        self.minimum_height = self.height = max(self.start.height, self.end.height)
        self.start.top = self.end.top = self.top
