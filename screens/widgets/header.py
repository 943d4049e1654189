"""The head of every screen: shield, the town's name in both languages, and the way out."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, Mesh, Rectangle
from kivy.properties import StringProperty
from kivy.uix.widget import Widget

from screens.text import N_
from screens.theme import theme
from screens.widgets.buttons import PushButton
from screens.widgets.text import Lead, Strong

HEIGHT_MM = 40.0
HEIGHT_FLAT_MM = 27.0
SHIELD_MM = 18.0


class Shield(Widget):
    """A placeholder: a shield with a tower. A town's arms need the town's consent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(size_hint=(None, None), **kwargs)
        with self.canvas:
            self._field_ink = Color()
            self._field = Mesh(mode="triangle_fan")
            self._tower_ink = Color(1, 1, 1, 1)
            self._tower = [Rectangle() for _ in range(4)]
        self.bind(pos=self._draw, size=self._draw)
        theme.bind(revision=self._draw)
        self._draw()

    def _draw(self, *_: object) -> None:
        x, y, w, h = *self.pos, *self.size
        self._field_ink.rgba = theme.shield
        corners = [(0, 1), (1, 1), (1, 0.36), (0.5, 0), (0, 0.36)]
        self._field.vertices = [number for u, v in corners for number in (x + u * w, y + v * h, 0, 0)]
        self._field.indices = list(range(5))
        parts = [
            (0.24, 0.38, 0.52, 0.26),
            (0.30, 0.64, 0.11, 0.13),
            (0.445, 0.64, 0.11, 0.13),
            (0.59, 0.64, 0.11, 0.13),
        ]
        for shape, (u, v, share_w, share_h) in zip(self._tower, parts, strict=True):
            shape.pos, shape.size = (x + u * w, y + v * h), (share_w * w, share_h * h)


class Header(Widget):
    """Town at the left; at the right "Beenden und löschen" while there is something to delete."""

    town = StringProperty("")
    town_dsb = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        self._place = Clock.create_trigger(self.place, -1)
        super().__init__(size_hint_y=None, **kwargs)
        self.shield = Shield()
        self.name = Strong(size_hint=(None, None))
        self.name_dsb = Lead(size_hint=(None, None))
        self.product = Lead(source=N_("Bürgerterminal"), size_hint=(None, None), halign="right")
        self.end = end_button()
        for part in (self.shield, self.name, self.name_dsb, self.product):
            self.add_widget(part)
        with self.canvas.after:
            self._ink, self._rule = Color(), Rectangle()
        self.bind(town=self._tell, town_dsb=self._tell, pos=self._place, size=self._place)
        for part in (self.name, self.name_dsb, self.product, self.end):
            part.bind(texture_size=self._place)
        theme.bind(revision=self._place)
        self.place()

    def _tell(self, *_: object) -> None:
        self.name.text, self.name_dsb.text = self.town, self.town_dsb

    def leave_shown(self, shown: bool) -> None:
        """Whether the way out stands here (it stands elsewhere in low reach, and nowhere when nobody is here)."""
        if shown and self.end.parent is None:
            self.remove_widget(self.product)
            self.add_widget(self.end)
        elif not shown and self.end.parent is self:
            self.remove_widget(self.end)
        if not shown and self.product.parent is None:
            self.add_widget(self.product)
        self._place()

    def place(self, *_: object) -> None:
        flat = theme.flat
        usual = theme.mm(HEIGHT_FLAT_MM if flat else HEIGHT_MM)
        names = self.name.height + self.name_dsb.height
        self.height = max(usual, names + theme.space(16), self.end.height + theme.space(24))
        side = theme.mm(SHIELD_MM if flat else SHIELD_MM * 1.2)
        self.shield.size = (side * 0.86, side)
        self.shield.pos = (self.x + theme.margin, self.center_y - side / 2)
        left = self.shield.right + theme.space(24)
        right = self.x + self.width - theme.margin
        self.end.width = min(self.width * 0.45, theme.mm(150 if theme.large else 120))
        self.end.pos = (right - self.end.width, self.center_y - self.end.height / 2)
        self.product.width = self.width * 0.35
        self.product.pos = (right - self.product.width, self.center_y - self.product.height / 2)
        taken = self.end.width if self.end.parent is self else self.product.width
        self.name.width = self.name_dsb.width = max(0, right - taken - theme.gap - left)
        both = self.name.height + self.name_dsb.height
        self.name.pos = (left, self.center_y + both / 2 - self.name.height)
        self.name_dsb.pos = (left, self.center_y - both / 2)
        self._ink.rgba = theme.action
        self._rule.pos, self._rule.size = self.pos, (self.width, theme.space(4))


def end_button() -> PushButton:
    """ "End and delete", wherever it stands."""
    button = PushButton(source=N_("Beenden und löschen"), node_id="end", kind="secondary", size_hint=(None, None))
    button.least = theme.mm(20)
    return button
