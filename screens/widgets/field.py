"""The one text field: what is typed stays whole in sight.

Rules
  1. A text longer than the field wraps and the field grows; nothing scrolls away or is cut.
  2. The caret does not blink: a terminal at rest draws nothing.
  3. Characters that cannot be drawn (controls) are left out as they are typed; what else may stand in a
     field is the procedure's business.
  4. No cache outlives the widget: kivy's own TextInput keeps typed lines for a minute, this one does not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from kivy.clock import Clock
from kivy.core.text import DEFAULT_FONT
from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, Rectangle
from kivy.graphics.instructions import InstructionGroup
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.widget import Widget

from screens.focus import focus
from screens.semantics import Semantic
from screens.theme import theme
from screens.touch import Tappable
from screens.widgets.boxed import Boxed
from screens.widgets.buttons import Coloured

LONGEST = 2000
CARET_PX = 3


def printable(text: str) -> str:
    """The text without control and format characters (a bidirectional override would turn a line around)."""
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cn", "Cs"))


def wrap(text: str, width: float, measure: Callable[[str], float]) -> list[tuple[int, int]]:
    """Where each line begins and ends: broken after a blank if there is one, else within the word."""
    lines = []
    start = 0
    while start < len(text):
        hard = text.find("\n", start)
        end = len(text) if hard < 0 else hard
        low, high = start + 1, end
        while low < high:  # the most characters that fit
            middle = (low + high + 1) // 2
            if measure(text[start:middle]) <= width:
                low = middle
            else:
                high = middle - 1
        if low < end and (blank := text.rfind(" ", start, low + 1)) > start:
            low = blank + 1
        low = min(max(low, start + 1), len(text)) if end > start else start
        lines.append((start, low))
        start = low + 1 if low == end and hard >= 0 else low
    if not lines or text.endswith("\n"):
        lines.append((len(text), len(text)))
    return lines


class TextField(Coloured, Tappable, Semantic, Boxed, Widget):
    """A field to type in. `keyboard` names the keys it wants, `typed` is dispatched as the text changes.

    `masked` shows dots (a one-time code), `secret` fields keep their value out of the semantic list.
    """

    text = StringProperty("")
    cursor = NumericProperty(0)
    keyboard = StringProperty("letters")
    lines = NumericProperty(1)
    masked = BooleanProperty(False)
    limit = NumericProperty(LONGEST)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("role", "textbox")
        kwargs.setdefault("focusable", True)
        kwargs.setdefault("private", True)
        kwargs.setdefault("size_hint_y", None)
        text = kwargs.pop("text", "")
        self.spans: list[tuple[int, int]] = [(0, 0)]
        self._ink = InstructionGroup()
        self._draw_soon = Clock.create_trigger(self._draw, -1)
        super().__init__(**kwargs)
        self.canvas.add(self._ink)
        for name in ("pos", "size", "text", "cursor", "focused", "error", "masked", "lines"):
            self.fbind(name, self._draw_soon)
        theme.bind(revision=self._draw_soon)
        self.bind(focused=self.redress, error=self.redress)
        self.put(text)
        self.height = self._height(1)

    def put(self, text: str) -> None:
        """Replace the whole text, caret at its end."""
        self.text = printable(text)[: int(self.limit)]
        self.cursor = len(self.text)

    def insert(self, piece: str) -> None:
        """Type `piece` at the caret. What goes beyond the limit is not taken."""
        piece = printable(piece)[: max(0, int(self.limit) - len(self.text))]
        at = int(self.cursor)
        self.text = self.text[:at] + piece + self.text[at:]
        self.cursor = at + len(piece)

    def backspace(self) -> None:
        at = int(self.cursor)
        if at > 0:
            self.text = self.text[: at - 1] + self.text[at:]
            self.cursor = at - 1

    def dress(self) -> None:
        self.fill = theme.background
        self.edge = theme.danger if self.error else theme.input_edge
        self.edge_width = 4 if self.error else 3

    def spoken_label(self) -> str:
        return self.label

    def spoken_value(self) -> str:
        return "•" * len(self.text) if self.masked else self.text

    def tap(self) -> None:
        focus.take(self)

    def mark(self, error: str) -> None:
        """Show or clear the error."""
        self.error = error

    def arrow(self, direction: str) -> bool:
        if direction == "left" and self.cursor > 0:
            self.cursor -= 1
            return True
        if direction == "right" and self.cursor < len(self.text):
            self.cursor += 1
            return True
        return False

    def caret_to(self, x: float, y: float) -> None:
        """Put the caret where the finger was."""
        inset, line_height = theme.space(24), self._line_height()
        row = int((self.top - theme.space(16) - y) // line_height)
        start, end = self.spans[min(max(0, row), len(self.spans) - 1)]
        shown = self._shown()
        ways = [abs(self.x + inset + self._measure(shown[start:at]) - x) for at in range(start, end + 1)]
        self.cursor = start + ways.index(min(ways))

    def on_touch_up(self, touch: Any) -> bool:
        ours = touch.grab_current is self
        handled = super().on_touch_up(touch)
        if ours and "tapped" in touch.ud:
            self.caret_to(*touch.pos)
        return bool(handled)

    def _shown(self) -> str:
        return "•" * len(self.text) if self.masked else self.text

    def _label(self) -> Any:
        return CoreLabel(font_name=DEFAULT_FONT, font_size=theme.body)

    def _measure(self, piece: str) -> float:
        return float(self._label().get_extents(piece)[0]) if piece else 0.0

    def _line_height(self) -> float:
        return theme.body * 1.4

    def _height(self, lines: int) -> float:
        wanted = max(lines, int(self.lines)) * self._line_height() + 2 * theme.space(16)
        return float(max(theme.mm(20), round(wanted)))

    def _draw(self, *_: object) -> None:
        shown, inset = self._shown(), theme.space(24)
        label = self._label()
        self.spans = wrap(shown, self.width - 2 * inset - theme.space(8), lambda s: label.get_extents(s)[0])
        self.height = self._height(len(self.spans))
        self._ink.clear()
        line_height = self._line_height()
        single = len(self.spans) == 1 and self.lines == 1
        top = self.center_y + line_height / 2 if single else self.top - theme.space(16)
        for start, end in self.spans:
            top -= line_height
            self._draw_line(shown[start:end].rstrip("\n"), self.x + inset, top)
        self._draw_caret(shown, inset, single)

    def _draw_line(self, line: str, x: float, y: float) -> None:
        if not line.strip():
            return
        label = CoreLabel(text=line, font_name=DEFAULT_FONT, font_size=theme.body, color=theme.text)
        label.refresh()
        texture = label.texture
        self._ink.add(Color(1, 1, 1, 1))
        self._ink.add(Rectangle(texture=texture, size=texture.size, pos=(round(x), round(y))))

    def _draw_caret(self, shown: str, inset: float, single: bool) -> None:
        if not self.focused and not self.ringed:
            return
        at = int(self.cursor)
        row = max((i for i, (start, _) in enumerate(self.spans) if start <= at), default=0)
        start = self.spans[row][0]
        x = self.x + inset + self._measure(shown[start:at])
        line_height = self._line_height()
        first = self.center_y + line_height / 2 if single else self.top - theme.space(16)
        self._ink.add(Color(rgba=theme.action))
        size = (theme.space(CARET_PX), line_height * 0.86)
        self._ink.add(Rectangle(pos=(round(x), round(first - (row + 1) * line_height + line_height * 0.07)), size=size))
