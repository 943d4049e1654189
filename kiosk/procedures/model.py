"""The shape of a procedure, an answer and a problem. Everything here is frozen and knows no language but German.

Rules
  1. A procedure is data: no expression language, conditions are `field equals` or `field in`.
  2. An answer's value is one canonical text per field kind (dates ISO 8601, yes/no as "yes" / "no",
     many choices as ids joined by one space, an address as three lines). The kind knows how to
     parse, format and export it.
  3. An answer path is "field" or "group.round.field" ("dogs.1.name"), rounds counted from 1.
  4. A text is German source text; other languages come from the catalogues (`Words.t`).

What is asked next is the journey's business (journey.py), how a file becomes a Procedure the loader's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

AnswerPath = str


class Words(Protocol):
    """The language a value is shown in (kiosk/language.py implements it)."""

    def t(self, text: str, **params: object) -> str:
        """The text in this language, placeholders `{name}` filled."""
        ...

    def date(self, iso: str) -> str:
        """A whole or partial ISO date as a person of this language writes it."""
        ...


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an answer cannot stand. A value, not an exception; PROBLEM_TEXTS (problems.py) has its sentence."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)


class Source(StrEnum):
    """Where an answer came from."""

    TYPED = "typed"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Answer:
    """One accepted answer. An empty value means: asked, and deliberately left empty.

    `contested` is the citizen's own version of something the card says; the card's value stays.
    """

    value: str = field(repr=False)
    source: Source = Source.TYPED
    contested: str | None = field(default=None, repr=False)


Answers = Mapping[AnswerPath, Answer]


@dataclass(frozen=True, slots=True)
class Condition:
    """True when the named field's value is one of `values`. Inside a group the name means the same round first."""

    field: str
    values: frozenset[str]

    def met_by(self, value: str) -> bool:
        """Whether an answer with this value meets the condition; of many choices one is enough."""
        return value in self.values or not self.values.isdisjoint(value.split())


@dataclass(frozen=True, slots=True)
class Why:
    """Why a page asks: purpose, law, and on which day that was read where."""

    text: str
    law: str = ""
    as_of: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence in a coloured box on a page, shown while its conditions hold."""

    text: str
    tone: Literal["info", "warning", "danger"] = "info"
    show_if: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What every field kind shares. The kinds (fields.py) add `parse`, `format`, `export` and their own limits.

    `prefill` names an `Attribute` of kiosk/identity.py. `keyboard` tells the screen which keys fit.
    """

    id: str
    label: str
    hint: str = ""
    example: str = ""
    required: bool = True
    prefill: str = ""
    show_if: tuple[Condition, ...] = ()

    @property
    def keyboard(self) -> Literal["letters", "digits", "email", "none"]:
        return "letters"

    def parse(self, text: str) -> str | Problem:
        """The canonical value of what was typed or tapped, or why it is none. Never raises."""
        raise NotImplementedError

    def format(self, value: str, words: Words) -> str:
        """The value as a person reads it; "" for an empty value."""
        raise NotImplementedError

    def export(self, value: str) -> object:
        """The value as JSON for the department: str, int, bool, list or dict."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Check:
    """A rule between answers, of a closed set of kinds (checks.py). A warning only informs, an error stops.

    `field` and `other` are answer paths with `*` for the round; a warning needs its own `text`.
    """

    kind: str
    field: str
    other: str = ""
    days: int = 0
    severity: Literal["error", "warning"] = "error"
    text: str = ""
    show_if: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One question. `section` is its heading on the review page; `stop` ends the journey here with its text."""

    id: str
    title: str
    section: str
    fields: tuple[Field, ...] = ()
    intro: str = ""
    why: Why | None = None
    notices: tuple[Notice, ...] = ()
    group: str = ""
    show_if: tuple[Condition, ...] = ()
    stop: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Pages asked several times. After each round but the last possible one the field `more` asks for another.

    `title` takes `{number}` ("Hund {number}").
    """

    id: str
    title: str
    more_question: str
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Fee:
    """What it costs: amounts in euro cents by the value of one field, with source and date."""

    field: str
    cents: Mapping[str, int]
    as_of: str
    source: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Who gets which answers. `id` is bound to a delivery destination by the terminal's configuration.

    `fields` are answer paths with `*` for the round ("dogs.*.name"), never a wildcard for a name.
    """

    id: str
    department: str
    purpose: str
    fields: tuple[str, ...]
    next_steps: str = ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """One administrative service, ready to be asked. `digest` is the sha256 of the file it came from.

    `service_id` is the LeiKa URN, or this project's own URN where no key is known.
    `card` is whether an identity card may prefill it. `never_sent` names the fields that only steer the
    questions and reach no destination.
    """

    id: str
    version: str
    digest: str
    title: str
    summary: str
    icon: str
    service_id: str
    leika_key: str
    card: bool
    notice: str
    pages: tuple[Page, ...]
    destinations: tuple[Destination, ...]
    groups: Mapping[str, Group] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    fee: Fee | None = None
    minutes: int = 5
    title_dsb: str = ""
    needed: tuple[str, ...] = ()
    never_sent: tuple[str, ...] = ()
