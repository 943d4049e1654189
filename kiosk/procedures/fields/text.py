"""Fields that are typed as free text: one line, a name, several lines."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.procedures.fields import letters
from kiosk.procedures.model import Field, Problem, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Field):
    """One line of Latin text. Lengths count characters after NFC."""

    minimum: int = 1
    maximum: int = 120

    def parse(self, text: str) -> str | Problem:
        line = letters.fold_line(text)
        return line if isinstance(line, Problem) else letters.within(line, self.minimum, self.maximum)

    def format(self, value: str, words: Words) -> str:
        return value

    def export(self, value: str) -> object:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Field):
    """A name of a person or an animal: letters and the few signs of names, no digits.

    DIN 91379; length of XInneres String.Latin.
    """

    minimum: int = 1
    maximum: int = 120

    def parse(self, text: str) -> str | Problem:
        line = letters.fold_line(text)
        if isinstance(line, Problem):
            return line
        if line and not letters.is_name(line):
            return Problem("not-a-name")
        return letters.within(line, self.minimum, self.maximum)

    def format(self, value: str, words: Words) -> str:
        return value

    def export(self, value: str) -> object:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class LongText(Field):
    """A description in the citizen's own words, over several lines."""

    minimum: int = 10
    maximum: int = 1000

    def parse(self, text: str) -> str | Problem:
        lines = letters.fold_lines(text)
        return lines if isinstance(lines, Problem) else letters.within(lines, self.minimum, self.maximum)

    def format(self, value: str, words: Words) -> str:
        return value

    def export(self, value: str) -> object:
        return value
