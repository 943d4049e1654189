"""Everything that is pressed and is not a key or a choice: flat, bordered, at least 20 mm high.

kind        for
primary     the one main action of a screen, filled with the accent colour
secondary   the other way: back, without card
danger      what cannot be undone
link        an action inside a text or a row ("Ändern"), underlined
"""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, OptionProperty, StringProperty
from kivy.uix.label import Label
from kivy.utils import escape_markup

from screens.semantics import Semantic
from screens.text import Translated, tr
from screens.theme import theme
from screens.touch import Tappable
from screens.widgets.boxed import CLEAR, Boxed


def hexadecimal(colour: Any) -> str:
    """A colour as markup wants it."""
    return "".join(f"{round(part * 255):02x}" for part in colour)


class Coloured:
    """A widget that chooses its colours in `dress` and is asked again when the theme changes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        theme.bind(revision=self.redress)
        self.bind(pressed=self.redress)
        self.redress()

    def redress(self, *_: object) -> None:
        self.dress()

    def dress(self) -> None:
        """Set fill, edge and text colours from the theme."""


class PushButton(Coloured, Tappable, Translated, Semantic, Boxed, Label):
    """A button with words. `least` is its minimal height, `needed` the height its words ask for."""

    kind = OptionProperty("secondary", options=("primary", "secondary", "danger", "link", "plain"))
    least = NumericProperty(0)
    needed = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("role", "button")
        kwargs.setdefault("focusable", True)
        super().__init__(**kwargs)
        self.bind(kind=self.redress, disabled=self.redress)

    def dress(self) -> None:
        side, above = theme.space(24), theme.space(12)
        icon_room = theme.space(16) + self.icon_size if self.icon and self.icon_place == "left" else 0
        self.padding = [side + icon_room, above, side, above]
        match self.kind:
            case "primary":
                self.fill, self.edge, ink = theme.action, theme.action, theme.action_ink
            case "danger":
                self.fill, self.edge, ink = theme.background, theme.danger, theme.danger
            case "link":
                self.fill, self.edge, ink = CLEAR, CLEAR, theme.action
                self.padding = [theme.space(8), above, theme.space(8), above]
            case "plain":
                self.fill, self.edge, ink = theme.background, theme.line, theme.text
            case _:
                self.fill, self.edge, ink = theme.background, theme.input_edge, theme.text
        self.edge_width = 3 if self.kind in ("secondary", "danger") else 2
        self.underline = self.kind == "link"
        if self.pressed:
            self.fill, ink = (theme.text, theme.background) if self.kind != "link" else (theme.tinted, ink)
        self.color = self.disabled_color = self.icon_color = ink


class Tile(PushButton):
    """One thing people come for: icon, its name, a line about it. `name` and `about` are German texts."""

    name = StringProperty("")
    about = StringProperty("")
    roomy = BooleanProperty(False)
    name_bold = True

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("kind", "plain")
        super().__init__(markup=True, **kwargs)
        self.bind(name=self.retell, about=self.retell, roomy=self.redress)
        self.retell()

    def retell(self, *_: object) -> None:
        name, about = tr.t(self.name), tr.t(self.about) if self.about else ""
        self.label, self.hint = name, about
        muted = hexadecimal(theme.background if self.pressed else theme.muted)
        second = f"\n[color={muted}]{escape_markup(about)}[/color]" if about else ""
        first = f"[b]{escape_markup(name)}[/b]" if self.name_bold else escape_markup(name)
        self.text = first + second

    def dress(self) -> None:
        self.measure()
        super().dress()
        self.icon_color = theme.background if self.pressed else theme.action
        self.retell()

    def measure(self) -> None:
        """How high it is at least and how large its icon."""
        self.least = theme.mm(30 if theme.flat else 60 if self.roomy else 44)
        self.icon_size = theme.mm(15 if theme.flat else 18)


class BarButton(PushButton):
    """A switch of the access bar: icon above its word. `active` shows that the look is on."""

    active = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("kind", "plain")
        super().__init__(**kwargs)
        self.bind(active=self.redress, icon_size=self.redress)

    def dress(self) -> None:
        super().dress()
        beside = theme.wide
        self.icon_place, self.halign = ("left", "left") if beside else ("top", "center")
        side, above = theme.space(8), theme.space(12)
        self.padding = (
            [theme.space(24) + self.icon_size + theme.space(8), theme.space(8), side, theme.space(8)]
            if beside
            else [side, above + self.icon_size + theme.space(4), side, theme.space(8)]
        )
        if self.active:
            self.fill, self.edge = theme.text, theme.text
            self.color = self.icon_color = theme.background

    def spoken_value(self) -> str:
        return tr.t("eingeschaltet") if self.active else ""
