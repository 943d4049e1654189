"""Words with a sign in front: a check mark, a telephone, a clock. The sign never stands alone."""

from __future__ import annotations

from typing import Any

from kivy.core.text import DEFAULT_FONT
from kivy.core.text import Label as CoreLabel
from kivy.properties import BooleanProperty, OptionProperty

from screens.theme import theme
from screens.widgets.boxed import CLEAR, Boxed
from screens.widgets.text import Words

TONES = ("text", "muted", "action", "success", "warning", "danger")


class SignLine(Boxed, Words):
    """One sign, one sentence. `tone` names the colour of the theme; `filled` makes it a badge.

    `sign_tone` colours the sign alone: words in another colour are laid out anew, which is felt where they change
    while something else is going on.
    """

    tone = OptionProperty("text", options=TONES)
    sign_tone = OptionProperty("", options=("", *TONES))
    filled = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.radius = 4
        for name in ("tone", "sign_tone", "filled", "icon", "text"):
            self.fbind(name, self._dress)
        theme.bind(revision=self._dress)
        self._dress()

    def _dress(self, *_: object) -> None:
        self.icon_size = round(theme.body * 1.05)
        side = theme.space(12) if self.filled else 0
        above = theme.space(4) if self.filled else 0
        self.padding = [side + self.icon_size + theme.space(12), above, side, above]
        self.color = getattr(theme, self.tone)
        sign = getattr(theme, self.sign_tone or self.tone)
        self.icon_color = sign if self.text else CLEAR  # no words, no sign
        self.fill = getattr(theme, f"{self.tone}_tint", theme.tinted) if self.filled else CLEAR

    def natural_width(self) -> float:
        """How wide it would be on one line, in pixels."""
        label = CoreLabel(font_name=DEFAULT_FONT, font_size=self.font_size, bold=self.bold)
        return float(label.get_extents(self.text)[0] + self.padding[0] + self.padding[2] + theme.space(4))

    def _icon_pos(self, size: int) -> tuple[float, float]:
        """Beside the first line, however many there are."""
        left = theme.space(12) if self.filled else 0
        first_line = theme.body * 1.362  # the line height of Noto Sans
        return self.x + left, round(self.top - self.padding[1] - (first_line + size) / 2)
