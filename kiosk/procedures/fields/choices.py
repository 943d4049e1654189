"""Fields that are tapped, not typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.procedures.model import Field, Problem, Words

YES, NO = "yes", "no"
YES_TEXT, NO_TEXT = "Ja", "Nein"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to tap. `hint` is a second, smaller line."""

    id: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Field):
    """Exactly one of several. The value is the option's id."""

    options: tuple[Option, ...]

    @property
    def keyboard(self) -> Literal["letters", "digits", "email", "none"]:
        return "none"

    def parse(self, text: str) -> str | Problem:
        wanted = text.strip()
        if not wanted:
            return Problem("choose")
        return wanted if wanted in _ids(self.options) else Problem("not-an-option")

    def format(self, value: str, words: Words) -> str:
        return _labels(self.options, [value], words)

    def export(self, value: str) -> object:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices(Field):
    """Any number of several. The value is the ids in the options' order, joined by one space."""

    options: tuple[Option, ...]

    @property
    def keyboard(self) -> Literal["letters", "digits", "email", "none"]:
        return "none"

    def parse(self, text: str) -> str | Problem:
        wanted = set(text.split())
        if not wanted:
            return Problem("choose")
        if not wanted <= _ids(self.options):
            return Problem("not-an-option")
        return " ".join(option.id for option in self.options if option.id in wanted)

    def format(self, value: str, words: Words) -> str:
        return _labels(self.options, value.split(), words)

    def export(self, value: str) -> object:
        return value.split()


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNo(Field):
    """Yes or no, never preset."""

    @property
    def keyboard(self) -> Literal["letters", "digits", "email", "none"]:
        return "none"

    def parse(self, text: str) -> str | Problem:
        wanted = text.strip()
        if not wanted:
            return Problem("choose")
        return wanted if wanted in (YES, NO) else Problem("not-an-option")

    def format(self, value: str, words: Words) -> str:
        return {YES: words.t(YES_TEXT), NO: words.t(NO_TEXT)}.get(value, "")

    def export(self, value: str) -> object:
        return value == YES


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(Field):
    """A statement that must be ticked to go on. The value is "yes"."""

    @property
    def keyboard(self) -> Literal["letters", "digits", "email", "none"]:
        return "none"

    def parse(self, text: str) -> str | Problem:
        return YES if text.strip() == YES else Problem("must-confirm")

    def format(self, value: str, words: Words) -> str:
        return words.t(YES_TEXT) if value else ""

    def export(self, value: str) -> object:
        return value == YES


def _ids(options: tuple[Option, ...]) -> set[str]:
    return {option.id for option in options}


def _labels(options: tuple[Option, ...], ids: list[str], words: Words) -> str:
    return ", ".join(words.t(option.label) for option in options if option.id in ids)
