"""Answers of several boxes: a date in three parts, an address in three lines. Each box is a field of its own."""

from __future__ import annotations

import re
from functools import partial
from itertools import pairwise
from typing import Any

from kivy.properties import StringProperty

from screens.focus import focus
from screens.text import N_, tr
from screens.theme import theme
from screens.widgets.field import TextField
from screens.widgets.layout import Column
from screens.widgets.text import Body


class Boxes(Column):
    """Labelled fields whose texts together are `text`. `names` are the German labels, `stem` begins the ids."""

    text = StringProperty("")
    stem = StringProperty("")
    about = StringProperty("")
    names: tuple[str, ...] = ()
    keyboards: tuple[str, ...] = ()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields = [TextField(keyboard=keyboard) for keyboard in self.keyboards]
        self.labels = [Body(source=name) for name in self.names]
        for number, field in enumerate(self.fields, 1):
            field.node_id = f"{self.stem}.{number}" if number > 1 else self.stem
            field.bind(text=self._gather)
        self._build()
        tr.bind(t=self._name)
        self.bind(about=self._name)
        theme.bind(revision=self._arrange)
        self._name()
        self._arrange()

    def _build(self) -> None:
        for label, field in zip(self.labels, self.fields, strict=True):
            pair = Column(spacing=theme.space(8))
            pair.add_widget(label)
            pair.add_widget(field)
            self.add_widget(pair)

    def _arrange(self, *_: object) -> None:
        self.spacing = theme.space(24)

    def _name(self, *_: object) -> None:
        for name, field in zip(self.names, self.fields, strict=True):
            field.label = f"{tr.t(self.about)}: {tr.t(name)}"

    def mark(self, error: str) -> None:
        """Show or clear the error at every box."""
        for field in self.fields:
            field.error = error

    def put(self, text: str) -> None:
        """Split a canonical value or a refused text into the boxes."""
        for field, part in zip(self.fields, self.split(text), strict=True):
            field.put(part)

    def _gather(self, *_: object) -> None:
        self.text = self.join([field.text.strip() for field in self.fields])

    def split(self, text: str) -> list[str]:
        raise NotImplementedError

    def join(self, parts: list[str]) -> str:
        raise NotImplementedError


class DateEntry(Boxes):
    """Day, month, year. Day, or day and month, may stay empty: the text is then a partial date.

    `text` is what stands in the boxes joined by dots ("14.11.2026", "..1964"), as the date field parses it.
    """

    names = (N_("Tag"), N_("Monat"), N_("Jahr"))
    keyboards = ("digits", "digits", "digits")

    def _build(self) -> None:
        super()._build()
        for field, length in zip(self.fields, (2, 2, 4), strict=True):
            field.limit = length
        for field, following in pairwise(self.fields):
            field.bind(text=partial(self._go_on, following))

    def _go_on(self, following: TextField, field: TextField, text: str) -> None:
        """A finger that filled a box goes on to the next; whoever walks with keys stays in charge of the focus."""
        if field.focused and not focus.visible and len(text) == field.limit and not following.text:
            focus.take(following)

    def do_layout(self, *_: object) -> None:
        """The three boxes stand beside each other, as wide as their digits need."""
        pairs = list(reversed(self.children))
        unit = min(max(theme.mm(34), theme.body * 3.6), (self.width - 2 * theme.gap) / 3.4)
        left = self.x
        for pair, share in zip(pairs, (1, 1, 1.4), strict=True):
            pair.width = max(unit * share, theme.mm(20))
            pair.x = left
            pair.top = self.top
            left += pair.width + theme.gap
        self.minimum_height = self.height = max(pair.height for pair in pairs)

    def split(self, text: str) -> list[str]:
        if re.fullmatch(r"\d{4}(-\d{2}){0,2}", text):
            parts = text.split("-")
            return [*reversed(parts + [""] * (3 - len(parts)))]
        parts = text.split(".")
        return [*parts, "", "", ""][:3]

    def join(self, parts: list[str]) -> str:
        return ".".join(parts) if any(parts) else ""


class AddressEntry(Boxes):
    """Street and number, postcode, city; `text` is three lines in that order."""

    names = (N_("Straße und Hausnummer"), N_("Postleitzahl"), N_("Ort"))
    keyboards = ("letters", "digits", "letters")

    def _build(self) -> None:
        super()._build()
        self.fields[1].limit = 5

    def split(self, text: str) -> list[str]:
        return [*text.split("\n"), "", "", ""][:3]

    def join(self, parts: list[str]) -> str:
        return "\n".join(parts) if any(parts) else ""
