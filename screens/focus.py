"""Everything a finger can do, done with arrows and OK (EN 301 549 5.1.6; DIN 18040).

Rules
  1. The ring is the focusable widgets of the topmost layer, in reading order; it has no end and no trap.
  2. Up and down walk the ring. A widget may keep an arrow (a field's caret, the keyboard's keys).
  3. The ring around the focus is drawn once keys are used, and around a text field always.
  4. Kivy's FocusBehavior stays out of this: it crashes when focus moves inside on_focus (kivy#9192).

`focus` is the one instance. Used on the UI thread only.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, NumericProperty

from screens.semantics import walk

ALWAYS_RINGED = ("textbox", "alert")
STEPS = {"up": -1, "left": -1, "down": 1, "right": 1}


class FocusManager(EventDispatcher):
    """Which widget the keys belong to. `changes` counts moves, so that others can bind to them."""

    visible = BooleanProperty(False)
    changes = NumericProperty(0)

    def __init__(self) -> None:
        super().__init__()
        self._current: Callable[[], Any] = lambda: None
        self.layers: Callable[[], tuple[Any, ...]] = lambda: ()

    @property
    def current(self) -> Any | None:
        """The focused widget. Held weakly: focus keeps no left screen alive."""
        return self._current()

    def ring(self) -> list[Any]:
        """The focusable widgets of the topmost layer."""
        return [widget for layer in self.layers() for widget in walk(layer) if widget.focusable]

    def take(self, widget: Any | None, *, by_keys: bool | None = None) -> None:
        """Give the focus to `widget` (None: to nobody)."""
        before = self.current
        if widget is not None:
            widget = widget.__self__  # kv ids are proxies
        if by_keys is not None:
            self.visible = by_keys
        self._current = weakref.ref(widget) if widget is not None else lambda: None
        if before is not None and before is not widget:
            before.focused = before.ringed = False
        if widget is not None:
            widget.focused = True
            widget.ringed = self.visible or widget.role in ALWAYS_RINGED
        self.changes += 1

    def step(self, count: int) -> None:
        """Go `count` places along the ring; with no focus yet, to its first widget."""
        ring = self.ring()
        if not ring:
            return
        current = self.current
        place = (ring.index(current) + count) % len(ring) if current in ring else 0
        self.take(ring[place], by_keys=True)

    def arrow(self, direction: str) -> None:
        current = self.current
        shown_before = self.visible
        if current is not None and current in self.ring():
            if not shown_before and current.role != "textbox":
                self.take(current, by_keys=True)
                return
            if current.arrow(direction):
                return
        self.step(STEPS[direction])

    def activate(self) -> None:
        """OK on the focused widget."""
        current = self.current
        if current is not None and current in self.ring():
            current.activate()
        else:
            self.step(0)


focus = FocusManager()
