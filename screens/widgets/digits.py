"""Six boxes for six digits: the card access number, or the one-time code of a member of staff.

Rules
  1. The digits live in `text` and nowhere else; `take_out` empties the boxes as it hands them over.
  2. What is spoken is how many digits stand there, never which.
"""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.core.text import DEFAULT_FONT
from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, Rectangle, SmoothRoundedRectangle
from kivy.graphics.instructions import InstructionGroup
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.widget import Widget

from kiosk.identity import Secret
from screens.focus import focus
from screens.semantics import Semantic
from screens.text import tr
from screens.theme import theme
from screens.touch import Tappable

BOX_MM = 32.0
BOX_FLAT_MM = 20.0
BOX_HEIGHT_SHARE = 1.1
EDGE_PX = 3
RING_PX = 4


class DigitBoxes(Tappable, Semantic, Widget):
    """`count` digits, one a box. `masked` shows dots."""

    text = StringProperty("")
    count = NumericProperty(6)
    masked = BooleanProperty(False)
    keyboard = "digits"

    def __init__(self, **kwargs: Any) -> None:
        self._ink = InstructionGroup()
        self._draw_soon = Clock.create_trigger(self._draw, -1)
        fixed = {"role": "textbox", "focusable": True, "private": True, "size_hint_y": None}
        super().__init__(**{**fixed, **kwargs})
        self.canvas.add(self._ink)
        for name in ("pos", "size", "text", "focused", "ringed", "error", "masked", "count"):
            self.fbind(name, self._draw_soon)
        theme.bind(revision=self._draw_soon)
        self._draw()

    @property
    def missing(self) -> int:
        """How many digits are not there yet."""
        return int(self.count) - len(self.text)

    def missing_in_words(self) -> str:
        """What to say while digits are missing; "" when none is."""
        match self.missing:
            case 0:
                return ""
            case 1:
                return str(tr.t("Es fehlt noch eine Ziffer."))
            case several:
                return str(tr.t("Es fehlen noch {number} Ziffern.", number=several))

    def insert(self, piece: str) -> None:
        """Type `piece` at the end; what is no digit, or one too many, is not taken."""
        digits = "".join(sign for sign in piece if sign in "0123456789")
        self.text = (self.text + digits)[: int(self.count)]

    def backspace(self) -> None:
        self.text = self.text[:-1]

    def take_out(self) -> Secret:
        """The digits, which are gone from here afterwards."""
        secret, self.text = Secret(self.text), ""
        return secret

    def spoken_value(self) -> str:
        return tr.t("{number} von {count} Ziffern", number=len(self.text), count=int(self.count))

    def tap(self) -> None:
        focus.take(self)

    def _draw(self, *_: object) -> None:
        gap = theme.gap
        widest = theme.mm(BOX_FLAT_MM if theme.flat else BOX_MM)
        count = int(self.count)
        side = min(widest, (self.width - (count - 1) * gap) / count)
        self.height = max(theme.mm(20), round(side * BOX_HEIGHT_SHARE)) + 2 * theme.space(8)
        self._ink.clear()
        here = min(len(self.text), count - 1)
        for at in range(count):
            box = (self.x + at * (side + gap), self.y + theme.space(8), side, self.height - 2 * theme.space(8))
            self._draw_box(box, ringed=self.focused and at == here)
            if at < len(self.text):
                self._draw_digit("•" if self.masked else self.text[at], box)

    def _draw_box(self, box: tuple[float, float, float, float], *, ringed: bool) -> None:
        edge = theme.danger if self.error else theme.input_edge
        if ringed:
            self._surface(theme.ring, box, theme.space(RING_PX))
        self._surface(edge, box, 0)
        self._surface(theme.background, box, -theme.space(EDGE_PX))

    def _surface(self, colour: Any, box: tuple[float, float, float, float], grown: float) -> None:
        x, y, width, height = box
        self._ink.add(Color(rgba=colour))
        shape = SmoothRoundedRectangle(
            pos=(x - grown, y - grown),
            size=(max(0, width + 2 * grown), max(0, height + 2 * grown)),
            radius=[max(1, theme.space(8) + grown)],
        )
        self._ink.add(shape)

    def _draw_digit(self, sign: str, box: tuple[float, float, float, float]) -> None:
        x, y, width, height = box
        label = CoreLabel(text=sign, font_name=DEFAULT_FONT, font_size=theme.heading, color=theme.text)
        label.refresh()
        texture = label.texture
        pos = (round(x + (width - texture.width) / 2), round(y + (height - texture.height) / 2))
        self._ink.add(Color(1, 1, 1, 1))
        self._ink.add(Rectangle(texture=texture, size=texture.size, pos=pos))
