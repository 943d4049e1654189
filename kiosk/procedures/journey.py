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

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from kiosk.procedures.checks import RULES, Situation
from kiosk.procedures.model import (
    Answer,
    AnswerPath,
    Answers,
    Check,
    Field,
    Problem,
    Procedure,
    Source,
)
from kiosk.procedures.plan import MORE, Inspection, Step, all_met, plan_of

__all__ = [
    "MORE",
    "Accepted",
    "Journey",
    "Refused",
    "Step",
    "Warning",
    "accept",
    "contest",
    "field_at",
    "journey",
    "walk",
]


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


class _Trail:
    """What one walk over the pages finds: visible steps, the values that count, what is still missing."""

    __slots__ = ("asked", "missing", "steps", "values")

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.asked: list[Step] = []
        self.missing: Step | None = None
        self.values: dict[AnswerPath, str] = {}

    def add(self, step: Step, answers: Answers) -> None:
        """Let the step's answers count."""
        values, from_card, missing = self.values, bool(step.slots), step.page.stop
        for path, required in step.slots:
            answer = answers.get(path)
            if answer is None:
                from_card, missing = False, True
                continue
            value = values[path] = answer.value
            if answer.source is not Source.CARD:
                from_card = False
            if required and not value:
                missing = True
        self.steps.append(step)
        if not from_card:
            self.asked.append(step)
        if missing and self.missing is None:
            self.missing = step


def walk(procedure: Procedure, answers: Answers) -> tuple[tuple[Step, ...], Mapping[AnswerPath, str]]:
    """The visible steps in order, and the value of every visible answer."""
    trail = _Trail()
    for step in _steps(procedure, trail.values):
        trail.add(step, answers)
    return tuple(trail.steps), trail.values


def journey(procedure: Procedure, answers: Answers, today: date) -> Journey:
    """Where the application stands on the day `today`."""
    trail = _Trail()
    for step in _steps(procedure, trail.values):
        trail.add(step, answers)
    return _inspected(procedure, trail, today)


def accept(
    procedure: Procedure, answers: Answers, step_key: str, texts: Mapping[AnswerPath, str], today: date
) -> Accepted | Refused:
    """Take the texts of one page, or say what is wrong with them. A page no longer shown changes nothing."""
    merged, trail = dict(answers), _Trail()
    given: Step | None = None
    for step in _steps(procedure, trail.values):
        if step.key == step_key:
            given, refused = step, _take(step, merged, texts)
            if refused:
                return Refused(refused)
        trail.add(step, merged)
    found = _inspected(procedure, trail, today)
    if given is None:
        return Accepted(answers, found)
    wrong = {path: found.problems[path] for path in given.paths if path in found.problems}
    return Refused(wrong) if wrong else Accepted(merged, found)


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


def _steps(procedure: Procedure, values: Mapping[AnswerPath, str]) -> Iterator[Step]:
    """Step by step; `values` must hold the answers of a step before the next one is asked for."""
    for stretch in plan_of(procedure).stretches:
        for number in stretch:
            for place in number.places:
                step = place.shown(values)
                if step is not None:
                    yield step
                    if step.page.stop:
                        return
            if number.last_unless and values.get(number.last_unless) != "yes":
                break


def _take(step: Step, answers: dict[AnswerPath, Answer], texts: Mapping[AnswerPath, str]) -> dict[AnswerPath, Problem]:
    """Put the answers of one page among the others; or say what is wrong, and put in nothing."""
    parsed = dict(_parsed(step, answers, texts))
    refused = {path: value for path, value in parsed.items() if isinstance(value, Problem)}
    if not refused:
        answers.update({path: Answer(value) for path, value in parsed.items() if isinstance(value, str)})
    return refused


def _inspected(procedure: Procedure, trail: _Trail, today: date) -> Journey:
    """The journey of a finished walk: its answers checked against each other and the day."""
    problems: dict[AnswerPath, Problem] = {}
    warnings: list[Warning] = []
    for inspection in plan_of(procedure).inspections:
        check = inspection.check
        for path in _broken(inspection, trail.values, today):
            if check.severity == "warning":
                warnings.append(Warning(path, check.text))
            else:
                problems.setdefault(path, _problem(check))
    return Journey(
        procedure=procedure,
        steps=tuple(trail.steps),
        asked=tuple(trail.asked),
        problems=problems,
        warnings=tuple(warnings),
        next=next((step for step in trail.steps if step is trail.missing or _wrong(step, problems)), None)
        if problems
        else trail.missing,
    )


def _wrong(step: Step, problems: Mapping[AnswerPath, Problem]) -> bool:
    return any(path in problems for path in step.paths)


def _unanswered(field: Field, answer: Answer | None) -> bool:
    return answer is None or (field.required and not answer.value)


def _parsed(
    step: Step, answers: Answers, texts: Mapping[AnswerPath, str]
) -> Iterable[tuple[AnswerPath, str | Problem]]:
    for field, path in zip(step.fields, step.paths, strict=True):
        known = answers.get(path)
        if known is not None and known.source is Source.CARD and not _unanswered(field, known):
            continue
        text = texts.get(path, "")
        yield path, "" if not field.required and not text.strip() else field.parse(text)


def _broken(inspection: Inspection, values: Mapping[AnswerPath, str], today: date) -> list[AnswerPath]:
    """The paths on which a check fails, round by round."""
    rule, days = inspection.rule, inspection.check.days
    earlier: tuple[str, ...] = ()
    broken = []
    for spot in inspection.spots:
        value = values.get(spot.path)
        if value is None or not all_met(spot.needs, values):
            continue
        if rule.broken(Situation(value, today, values.get(spot.other, ""), days, earlier)):
            broken.append(spot.path)
        earlier += (value,)
    return broken


def _problem(check: Check) -> Problem:
    if check.text:
        return Problem("stated", {"text": check.text})
    return Problem(RULES[check.kind].problem, {"days": check.days} if check.days else {})
