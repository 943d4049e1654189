"""The simulation's buttons under the panel, in the demo only: no part of what a citizen sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label

from screens.touch import Tappable

PAPER = (0.16, 0.17, 0.2, 1)
INK = (0.9, 0.9, 0.92, 1)


class StripButton(Tappable, Label):
    """One simulated device action."""


class Strip(BoxLayout):
    """Buttons side by side, small and dark, without a place in the semantic list."""

    def __init__(self, actions: Sequence[tuple[str, Callable[[], None]]], **kwargs: Any) -> None:
        super().__init__(size_hint=(None, None), **kwargs)
        with self.canvas.before:
            Color(rgba=PAPER)
            self._paper = Rectangle()
        self.bind(pos=self._place, size=self._place)
        for label, action in actions:
            button = StripButton(text=label, color=INK, font_size=self.height * 0.36, repeats=True)
            button.bind(on_tap=lambda _button, run=action: run())
            self.add_widget(button)

    def _place(self, *_: object) -> None:
        self._paper.pos, self._paper.size = self.pos, self.size
