"""What is asked, in which order, and what is still missing: a pure function of procedure, answers and day.

Rules
  1. A page is visible when its conditions hold and at least one of its fields does; what a hidden field
     once answered does not count, for conditions neither.
  2. A condition looks at fields of earlier pages only (the loader sees to that), so one pass decides all.
  3. A group asks round after round while its field `more` says yes; a visible stop page ends the journey.
  4. A value from the card is never overwritten by typing; the citizen may contest it.

Nothing is stored: the journey is computed anew after every answer. How a page looks is the screens' business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from kiosk.procedures.checks import RULES, Situation
from kiosk.procedures.model import (
    Answer,
    AnswerPath,
    Answers,
    Check,
    Condition,
    Field,
    Page,
    Problem,
    Procedure,
    Source,
)

MORE = "more"


@dataclass(frozen=True, slots=True)
class Step:
    """One visible page with its visible fields; `round` counts from 1 inside a group and is 0 outside."""

    page: Page
    round: int
    fields: tuple[Field, ...]

    @property
    def key(self) -> str:
        """ "page-id", or "group.2.page-id"."""
        return self.prefix + self.page.id

    @property
    def prefix(self) -> str:
        """What stands before a field's id in its answer path: "" or "group.2."."""
        return f"{self.page.group}.{self.round}." if self.round else ""

    def path(self, field: Field) -> AnswerPath:
        return self.prefix + field.id


@dataclass(frozen=True, slots=True)
class Warning:
    """Something staff and citizen should know about an answer that may stand all the same. `text` is German."""

    path: AnswerPath
    text: str


@dataclass(frozen=True, slots=True)
class Journey:
    """Where one application stands. `asked` are the steps the card did not answer, which the citizen walks through."""

    procedure: Procedure
    steps: tuple[Step, ...]
    asked: tuple[Step, ...]
    problems: Mapping[AnswerPath, Problem]
    warnings: tuple[Warning, ...]
    next: Step | None

    @property
    def complete(self) -> bool:
        return self.next is None

    @property
    def stopped(self) -> bool:
        """Whether the way ends at a stop page: this application cannot be handed in."""
        return self.next is not None and self.next.page.stop

    def step(self, key: str) -> Step | None:
        return next((step for step in self.steps if step.key == key), None)

    def before(self, key: str) -> Step | None:
        """The asked step before `key`, None at the first one or for an unknown key."""
        asked = {step.key for step in self.asked}
        found: Step | None = None
        for step in self.steps:
            if step.key == key:
                return found
            if step.key in asked:
                found = step
        return None

    def position(self, key: str) -> tuple[int, int]:
        """ "Seite 5 von 13": counted over the asked steps; a step the card answered shares the place before it."""
        place = 0
        asked = {step.key for step in self.asked}
        for step in self.steps:
            place += step.key in asked
            if step.key == key:
                return max(place, 1), max(len(asked), 1)
        return 1, max(len(asked), 1)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The page may stand: all answers, old and new, and where they lead."""

    answers: Answers
    journey: Journey


@dataclass(frozen=True, slots=True)
class Refused:
    """The page may not stand, and nothing of it was kept."""

    problems: Mapping[AnswerPath, Problem]


class _Walk:
    """One pass over the pages: collects visible steps and the values that count."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.values: dict[AnswerPath, str] = {}
        self.steps: list[Step] = []
        self.stopped = False

    def holds(self, conditions: tuple[Condition, ...], prefix: str) -> bool:
        return not conditions or all(self._holds(condition, prefix) for condition in conditions)

    def visit(self, page: Page, number: int) -> None:
        """Add the page if it is visible, and let its answers count."""
        prefix = f"{page.group}.{number}." if number else ""
        if not self.holds(page.show_if, prefix):
            return
        fields = page.fields
        for field in fields:
            if field.show_if:
                fields = tuple(item for item in fields if self.holds(item.show_if, prefix))
                break
        if not fields and not page.stop:
            return
        self.steps.append(Step(page, number, fields))
        self.stopped = page.stop
        answers, values = self.answers, self.values
        for field in fields:
            path = prefix + field.id
            if path in answers:
                values[path] = answers[path].value

    def _holds(self, condition: Condition, prefix: str) -> bool:
        value = self.values.get(prefix + condition.field)
        if value is None and prefix:
            value = self.values.get(condition.field)
        return value is not None and condition.met_by(value)


def walk(procedure: Procedure, answers: Answers) -> tuple[tuple[Step, ...], Mapping[AnswerPath, str]]:
    """The visible steps in order, and the value of every visible answer."""
    way = _Walk(answers)
    for group, pages in groupby(procedure.pages, key=lambda page: page.group):
        if group:
            _visit_rounds(way, tuple(pages), procedure)
        else:
            for page in pages:
                if not way.stopped:
                    way.visit(page, 0)
    return tuple(way.steps), way.values


def journey(procedure: Procedure, answers: Answers, today: date) -> Journey:
    """Where the application stands on the day `today`."""
    way = _Walk(answers)
    steps, values = walk(procedure, answers)
    way.values = dict(values)
    problems: dict[AnswerPath, Problem] = {}
    warnings: list[Warning] = []
    for check in procedure.checks:
        for path in _broken(procedure, check, way, today):
            if check.severity == "warning":
                warnings.append(Warning(path, check.text))
            else:
                problems.setdefault(path, _problem(check))
    return Journey(
        procedure=procedure,
        steps=steps,
        asked=tuple(step for step in steps if not _from_card(step, answers)),
        problems=problems,
        warnings=tuple(warnings),
        next=next((step for step in steps if _open(step, answers, problems)), None),
    )


def accept(
    procedure: Procedure, answers: Answers, step_key: str, texts: Mapping[AnswerPath, str], today: date
) -> Accepted | Refused:
    """Take the texts of one page, or say what is wrong with them. A page no longer shown changes nothing."""
    step = next((step for step in walk(procedure, answers)[0] if step.key == step_key), None)
    if step is None:
        return Accepted(answers, journey(procedure, answers, today))
    parsed = dict(_parsed(step, answers, texts))
    refused = {path: value for path, value in parsed.items() if isinstance(value, Problem)}
    if refused:
        return Refused(refused)
    merged = {**answers, **{path: Answer(value) for path, value in parsed.items() if isinstance(value, str)}}
    found = journey(procedure, merged, today)
    wrong = found.problems
    refused = {step.path(field): wrong[step.path(field)] for field in step.fields if step.path(field) in wrong}
    return Refused(refused) if refused else Accepted(merged, found)


def contest(procedure: Procedure, answers: Answers, path: AnswerPath, text: str) -> Answers | Problem:
    """Note the citizen's own version beside a value from the card; typing the card's value takes it back."""
    answer = answers.get(path)
    if answer is None or answer.source is not Source.CARD:
        return Problem("not-from-card")
    field = field_at(procedure, path)
    value = field.parse(text) if text.strip() else Problem("required")
    if isinstance(value, Problem):
        return value
    return {**answers, path: replace(answer, contested=None if value == answer.value else value)}


def field_at(procedure: Procedure, path: AnswerPath) -> Field:
    """The field an answer path or pattern ("dogs.*.name") belongs to. Raises KeyError for a path of no field."""
    group, _, rest = path.partition(".")
    wanted = (group, rest.partition(".")[2]) if rest else ("", path)
    for page in procedure.pages:
        for field in page.fields:
            if (page.group, field.id) == wanted:
                return field
    raise KeyError(path)


def _visit_rounds(way: _Walk, pages: tuple[Page, ...], procedure: Procedure) -> None:
    group = procedure.groups[pages[0].group]
    for number in range(1, group.maximum + 1):
        for page in pages:
            last_word = number < group.minimum or number == group.maximum
            if not way.stopped and not (page.id == MORE and last_word):
                way.visit(page, number)
        if number >= group.minimum and way.values.get(f"{group.id}.{number}.{MORE}") != "yes":
            return


def _open(step: Step, answers: Answers, problems: Mapping[AnswerPath, Problem]) -> bool:
    """Whether the citizen still has something to do on this step."""
    if step.page.stop:
        return True
    prefix = step.prefix
    for field in step.fields:
        path = prefix + field.id
        if path not in answers or path in problems or (field.required and not answers[path].value):
            return True
    return False


def _unanswered(field: Field, answer: Answer | None) -> bool:
    return answer is None or (field.required and not answer.value)


def _from_card(step: Step, answers: Answers) -> bool:
    prefix = step.prefix
    for field in step.fields:
        answer = answers.get(prefix + field.id)
        if answer is None or answer.source is not Source.CARD:
            return False
    return bool(step.fields)


def _parsed(
    step: Step, answers: Answers, texts: Mapping[AnswerPath, str]
) -> Iterable[tuple[AnswerPath, str | Problem]]:
    for field in step.fields:
        path = step.path(field)
        known = answers.get(path)
        if known is not None and known.source is Source.CARD and not _unanswered(field, known):
            continue
        text = texts.get(path, "")
        yield path, "" if not field.required and not text.strip() else field.parse(text)


def _broken(procedure: Procedure, check: Check, way: _Walk, today: date) -> Iterable[AnswerPath]:
    """The paths on which a check fails, round by round."""
    rule = RULES[check.kind]
    earlier: tuple[str, ...] = ()
    name = check.field.rpartition(".")[2]
    for prefix in _prefixes(procedure, check.field):
        value = way.values.get(prefix + name)
        if value is None or not way.holds(check.show_if, prefix):
            continue
        other = way.values.get(check.other.replace("*", prefix.split(".")[1]) if prefix else check.other, "")
        if rule.broken(Situation(value, today, other, check.days, earlier)):
            yield prefix + name
        earlier += (value,)


def _prefixes(procedure: Procedure, pattern: str) -> list[str]:
    group, star, _ = pattern.partition(".*.")
    return [f"{group}.{number}." for number in range(1, procedure.groups[group].maximum + 1)] if star else [""]


def _problem(check: Check) -> Problem:
    if check.text:
        return Problem("stated", {"text": check.text})
    return Problem(RULES[check.kind].problem, {"days": check.days} if check.days else {})
