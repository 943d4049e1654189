"""What can be said about a procedure before anybody answers: every page of every round, in its place.

Rules
  1. Worked out once for a procedure and kept: paths, keys, where a condition looks, where a check applies.
  2. No answer ever gets in here.

The journey (journey.py) walks over it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from kiosk.procedures.checks import RULES, Rule
from kiosk.procedures.model import AnswerPath, Check, Condition, Field, Group, Page, Procedure

MORE = "more"
PLANS_KEPT = 16


@dataclass(frozen=True, slots=True)
class Step:
    """One visible page with its visible fields; `round` counts from 1 inside a group and is 0 outside.

    `key` is "page-id" or "group.2.page-id"; `paths` are the fields' answer paths in their order, `slots` the
    same with whether an answer is required.
    """

    page: Page
    round: int
    fields: tuple[Field, ...]
    key: str = field(init=False, compare=False)
    prefix: str = field(init=False, compare=False, repr=False)
    paths: tuple[AnswerPath, ...] = field(init=False, compare=False, repr=False)
    slots: tuple[tuple[AnswerPath, bool], ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        prefix = prefix_of(self.page.group, self.round)
        object.__setattr__(self, "prefix", prefix)
        object.__setattr__(self, "key", prefix + self.page.id)
        object.__setattr__(self, "paths", tuple(prefix + item.id for item in self.fields))
        object.__setattr__(self, "slots", tuple((prefix + item.id, item.required) for item in self.fields))

    def path(self, field: Field) -> AnswerPath:
        return self.prefix + field.id


@dataclass(frozen=True, slots=True)
class Need:
    """A condition in its place: the paths it looks at, the same round first, and the values it wants."""

    paths: tuple[AnswerPath, ...]
    condition: Condition

    def met(self, values: Mapping[AnswerPath, str]) -> bool:
        for path in self.paths:
            value = values.get(path)
            if value is not None:
                return self.condition.met_by(value)
        return False


def all_met(needs: tuple[Need, ...], values: Mapping[AnswerPath, str]) -> bool:
    return not needs or all(need.met(values) for need in needs)


@dataclass(frozen=True, slots=True)
class Place:
    """A page in one round. `whole` is its step with all fields; `choosy` the needs of each field, if any has some."""

    whole: Step
    needs: tuple[Need, ...]
    choosy: tuple[tuple[Need, ...], ...]

    def shown(self, values: Mapping[AnswerPath, str]) -> Step | None:
        """The step as it is asked after these values; None if it is not."""
        if self.needs and not all_met(self.needs, values):
            return None
        if not self.choosy:
            return self.whole
        page = self.whole.page
        asked = tuple(item for item, needs in zip(page.fields, self.choosy, strict=True) if all_met(needs, values))
        return Step(page, self.whole.round, asked) if asked or page.stop else None


@dataclass(frozen=True, slots=True)
class Round:
    """Pages that follow each other. `last_unless` is the path that must say "yes" for a further round, or ""."""

    places: tuple[Place, ...]
    last_unless: AnswerPath = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a check looks in one round."""

    path: AnswerPath
    other: AnswerPath
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """A check with its rule and its spots, round by round."""

    check: Check
    rule: Rule
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A procedure, laid out. `stretches` are its groups (or what stands outside of one), each with its rounds."""

    stretches: tuple[tuple[Round, ...], ...]
    inspections: tuple[Inspection, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Itself:
    """A procedure as a key: it is frozen, so the same object says the same; comparing all of it would take longer."""

    procedure: Procedure

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.procedure is self.procedure

    def __hash__(self) -> int:
        return id(self.procedure)


def plan_of(procedure: Procedure) -> Plan:
    """The plan of a procedure, made at its first use."""
    return _plan(_Itself(procedure))


@lru_cache(maxsize=PLANS_KEPT)
def _plan(key: _Itself) -> Plan:
    procedure = key.procedure
    stretches = tuple(
        tuple(_rounds(tuple(pages), procedure.groups[group])) if group else (_round(tuple(pages), 0),)
        for group, pages in groupby(procedure.pages, key=lambda page: page.group)
    )
    return Plan(stretches, tuple(_inspection(procedure, check) for check in procedure.checks))


def prefix_of(group: str, number: int) -> str:
    """What stands before a field's id in its answer path: "" or "group.2."."""
    return f"{group}.{number}." if number else ""


def _rounds(pages: tuple[Page, ...], group: Group) -> Iterator[Round]:
    """Every possible round; "another one?" is asked where there may be another and need not be."""
    for number in range(1, group.maximum + 1):
        open_end = group.minimum <= number < group.maximum
        asked = tuple(page for page in pages if page.id != MORE or open_end)
        more = prefix_of(group.id, number) + MORE if number >= group.minimum else ""
        yield _round(asked, number, more)


def _round(pages: tuple[Page, ...], number: int, more: AnswerPath = "") -> Round:
    return Round(tuple(_place(page, number) for page in pages if page.fields or page.stop), more)


def _place(page: Page, number: int) -> Place:
    step = Step(page, number, page.fields)
    choosy = any(item.show_if for item in page.fields)
    wanted = tuple(_needs(item.show_if, step.prefix) for item in page.fields) if choosy else ()
    return Place(step, _needs(page.show_if, step.prefix), wanted)


def _needs(conditions: tuple[Condition, ...], prefix: str) -> tuple[Need, ...]:
    return tuple(
        Need((prefix + condition.field, condition.field) if prefix else (condition.field,), condition)
        for condition in conditions
    )


def _inspection(procedure: Procedure, check: Check) -> Inspection:
    group, star, _ = check.field.partition(".*.")
    numbers = range(1, procedure.groups[group].maximum + 1) if star else (0,)
    return Inspection(check, RULES[check.kind], tuple(_spot(check, group, number) for number in numbers))


def _spot(check: Check, group: str, number: int) -> Spot:
    prefix = prefix_of(group, number)
    name = check.field.rpartition(".")[2]
    other = check.other.replace("*", str(number)) if number else check.other
    return Spot(prefix + name, other, _needs(check.show_if, prefix))
