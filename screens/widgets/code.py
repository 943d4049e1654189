"""The application code: shown to be copied by hand, and typed from a receipt.

A code is shown in groups joined by dashes ("7K4M9-PWD3T-XHWQ"); typed, its groups make themselves.
Whether a code is right is not known here.
"""

from __future__ import annotations

from typing import Any

from kivy.core.text import DEFAULT_FONT
from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, Rectangle
from kivy.graphics.instructions import InstructionGroup
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.widget import Widget

from screens.semantics import Semantic
from screens.theme import theme
from screens.widgets.field import TextField

GROUP = 5
LENGTH = 14
TRACKING_EM = 0.14


class CodeLine(Semantic, Widget):
    """A code, letter by letter, spaced to be copied; on one line whatever the width. `drawn_width` is in pixels."""

    code = StringProperty("")
    widest = NumericProperty(1.25)
    drawn_width = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        self._ink = InstructionGroup()
        super().__init__(role="code", private=True, size_hint_y=None, **kwargs)
        self.canvas.add(self._ink)
        for name in ("pos", "width", "code"):
            self.fbind(name, self._draw)
        theme.bind(revision=self._draw)
        self._draw()

    def spoken_value(self) -> str:
        """Letter by letter."""
        return " ".join(self.code.replace("-", ""))

    def _draw(self, *_: object) -> None:
        size = self._fitting()
        self.height = round(size * 1.36)
        self._ink.clear()
        self._ink.add(Color(1, 1, 1, 1))
        left = self.x
        for sign in self.code:
            label = CoreLabel(text=sign, font_name=DEFAULT_FONT, font_size=size, bold=True, color=theme.text)
            label.refresh()
            texture = label.texture
            pos = (round(left), round(self.y + (self.height - texture.height) / 2))
            self._ink.add(Rectangle(texture=texture, size=texture.size, pos=pos))
            left += texture.width + size * TRACKING_EM
        self.drawn_width = left - self.x

    def _fitting(self) -> int:
        """The font size in pixels at which the whole code stands on one line."""
        wanted = theme.heading * self.widest
        label = CoreLabel(font_name=DEFAULT_FONT, font_size=wanted, bold=True)
        width = sum(label.get_extents(sign)[0] + wanted * TRACKING_EM for sign in self.code) or 1
        return max(1, int(wanted * min(1, self.width / width)))


class CodeField(TextField):
    """A field for a code: capital letters and digits, in groups, however they are typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(keyboard="code", **kwargs)

    def insert(self, piece: str) -> None:
        """Type at the caret; a whole code may come at once."""
        before, after = self.text[: int(self.cursor)], self.text[int(self.cursor) :]
        self._fill(bare(before + piece), bare(after))

    def backspace(self) -> None:
        before, after = self.text[: int(self.cursor)], self.text[int(self.cursor) :]
        self._fill(bare(before)[:-1], bare(after))

    def _fill(self, before: str, after: str) -> None:
        before = before[:LENGTH]
        whole = (before + after)[:LENGTH]
        self.text = grouped(whole)
        self.cursor = len(self.text) if len(before) == len(whole) else len(grouped(before))


def bare(text: str) -> str:
    """Letters and digits only, capitals."""
    return "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())


def grouped(code: str) -> str:
    """In fives, joined by dashes."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))
