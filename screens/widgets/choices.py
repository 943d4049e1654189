"""Choosing: one of several, some of several, yes or no. Every option is a target of its own, the whole row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from kiosk.procedures.fields import Option
from screens.focus import focus
from screens.text import N_, tr
from screens.theme import theme
from screens.widgets.buttons import Tile
from screens.widgets.layout import Grid

TWO_COLUMNS_FROM = 7


class ChoiceRow(Tile):
    """One option: a circle or box, its words, a line about it; marked when chosen."""

    chosen = BooleanProperty(False)
    many = BooleanProperty(False)
    name_bold = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(chosen=self.redress, error=self.redress)
        self.redress()

    def dress(self) -> None:
        self.role = "checkbox" if self.many else "radio"
        self.icon = ("box" if self.many else "radio") + ("-on" if self.chosen else "")
        super().dress()
        if not self.pressed:
            resting = theme.danger if self.error else theme.line
            self.edge = theme.action if self.chosen else resting
            self.fill = theme.tinted if self.chosen else theme.background
        self.edge_width = 4 if self.chosen else 2

    def measure(self) -> None:
        self.icon_size = theme.mm(9)
        self.least = theme.mm(20 if theme.flat else 22)

    def spoken_value(self) -> str:
        return tr.t("ausgewählt") if self.chosen else tr.t("nicht ausgewählt")


class ChoiceList(Grid):
    """One of several. `text` is the chosen option's id, empty for none; `on_change` is dispatched by a finger."""

    text = StringProperty("")
    many = BooleanProperty(False)
    stem = StringProperty("")
    wanted_columns = NumericProperty(0)

    def __init__(self, options: Sequence[Option], **kwargs: Any) -> None:
        self.register_event_type("on_change")
        super().__init__(**kwargs)
        self.options = tuple(options)
        self.rows: list[ChoiceRow] = []
        for option in self.options:
            row = ChoiceRow(name=option.label, about=option.hint, many=self.many, node_id=f"{self.stem}={option.id}")
            row.bind(on_tap=lambda tapped, key=option.id: self.choose(key, tapped))
            self.rows.append(row)
            self.add_widget(row)
        self.bind(text=self._show)
        theme.bind(revision=self._arrange)
        self._arrange()
        self._show()

    def _arrange(self, *_: object) -> None:
        self.spacing = theme.space(16)
        many = len(self.options) >= TWO_COLUMNS_FROM and not theme.large
        self.columns = self.wanted_columns or (2 if many else 1)

    def chosen(self) -> list[str]:
        """The ids chosen, in the order of the options."""
        return [option.id for option in self.options if option.id in self.text.split()]

    def choose(self, key: str, row: ChoiceRow) -> None:
        focus.take(row)
        if self.many:
            now = set(self.chosen()) ^ {key}
            self.text = " ".join(option.id for option in self.options if option.id in now)
        else:
            self.text = key
        self.dispatch("on_change")

    def on_change(self) -> None:
        """A finger chose something."""

    def put(self, text: str) -> None:
        self.text = text

    def mark(self, error: str) -> None:
        """Show or clear the error at every option."""
        for row in self.rows:
            row.error = error

    def _show(self, *_: object) -> None:
        chosen = self.chosen()
        for option, row in zip(self.options, self.rows, strict=True):
            row.chosen = option.id in chosen


class CheckList(ChoiceList):
    """Some of several. `text` is the chosen ids joined by one space, in the options' order."""

    def __init__(self, options: Sequence[Option], **kwargs: Any) -> None:
        super().__init__(options, many=True, **kwargs)


class YesNo(ChoiceList):
    """Yes or no, side by side; `text` is "yes", "no" or empty."""

    def __init__(self, **kwargs: Any) -> None:
        options = (Option("yes", N_("Ja")), Option("no", N_("Nein")))
        super().__init__(options, wanted_columns=2, **kwargs)


class Confirm(ChoiceList):
    """One sentence to tick; `text` is "yes" when ticked."""

    def __init__(self, sentence: str, **kwargs: Any) -> None:
        super().__init__((Option("yes", sentence),), many=True, **kwargs)
