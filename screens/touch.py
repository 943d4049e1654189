"""One finger, one action.

Rules
  1. An action happens when the finger leaves the panel, over the widget it came down on.
  2. Sliding off cancels; so does scrolling.
  3. A second tap within 300 ms is a trembling hand, not a wish, wherever it lands: the next page's
     button may already stand there. Keys of the keyboard are exempt, letters do repeat.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kivy.properties import BooleanProperty

REPEAT_S = 0.3
SCROLLED = "rathaus-scrolled"


class Gate:
    """Lets one tap through and holds back the next for `REPEAT_S` seconds. `now` is monotonic seconds."""

    def __init__(self) -> None:
        self.now: Callable[[], float] = time.monotonic
        self._last = float("-inf")

    def passes(self) -> bool:
        now = self.now()
        if now - self._last < REPEAT_S:
            return False
        self._last = now
        return True

    def open(self) -> None:
        """Forget the last tap."""
        self._last = float("-inf")


gate = Gate()


class Tappable:
    """A widget that dispatches `on_tap`. `repeats` exempts it from the gate."""

    pressed = BooleanProperty(False)
    repeats = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        self.register_event_type("on_tap")
        super().__init__(**kwargs)

    def on_touch_down(self, touch: Any) -> bool:
        if super().on_touch_down(touch):
            return True
        if touch.is_mouse_scrolling or self.disabled or not self.collide_point(*touch.pos):
            return False
        touch.grab(self)
        self.pressed = True
        return True

    def on_touch_move(self, touch: Any) -> bool:
        if touch.grab_current is self:
            self.pressed = self.collide_point(*touch.pos) and SCROLLED not in touch.ud
            return True
        return bool(super().on_touch_move(touch))

    def on_touch_up(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return bool(super().on_touch_up(touch))
        touch.ungrab(self)
        self.pressed = False
        inside = self.collide_point(*touch.pos) and SCROLLED not in touch.ud
        if inside and not self.disabled and self.get_root_window() is not None:
            touch.ud["tapped"] = touch.pos
            self.tap()
        return True

    def tap(self) -> None:
        """The action, once, whether by finger or OK."""
        if self.repeats or gate.passes():
            self.dispatch("on_tap")

    def on_tap(self) -> None:
        """Bind to this."""

    def activate(self) -> None:
        self.tap()
