"""The one place that lays an application out for reading: review page, PDF, delivered data, caseworker.

Rules
  1. Only visible answers appear, in the order they are asked.
  2. For a destination only the fields of its own list appear, never one more.
  3. An optional field left empty is shown as such, unless it was the card that had nothing to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from kiosk.procedures.journey import Step, journey, walk
from kiosk.procedures.model import Answer, AnswerPath, Answers, Destination, Field, Procedure, Source, Words

NOTHING_GIVEN = "keine Angabe"


@dataclass(frozen=True, slots=True)
class Row:
    """One answer as it is read. `text` and `contested` are formatted, `value` is for JSON."""

    path: AnswerPath
    step_key: str
    label: str
    text: str = field(repr=False)
    source: Source
    contested: str | None = field(repr=False)
    value: object = field(repr=False)


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    rows: tuple[Row, ...]


def summary(
    procedure: Procedure, answers: Answers, today: date, words: Words, destination: Destination | None = None
) -> tuple[Section, ...]:
    """The application in sections. `destination` limits it to what that department is entitled to."""
    steps = journey(procedure, answers, today).steps
    entitled = None if destination is None else frozenset(destination.fields)
    rounds: dict[str, int] = {}
    for step in steps:
        rounds[step.page.group] = max(step.round, rounds.get(step.page.group, 0))
    sections: dict[str, list[Row]] = {}
    for step in steps:
        rows = _rows(step, answers, words, entitled)
        if rows:
            sections.setdefault(_title(procedure, step, rounds, words), []).extend(rows)
    return tuple(Section(title, tuple(rows)) for title, rows in sections.items())


def fee_cents(procedure: Procedure, answers: Answers) -> int | None:
    """The fee in euro cents, None where there is none or the answer it depends on is not given."""
    if procedure.fee is None:
        return None
    return procedure.fee.cents.get(walk(procedure, answers)[1].get(procedure.fee.field, ""))


def _title(procedure: Procedure, step: Step, rounds: dict[str, int], words: Words) -> str:
    if step.page.group and rounds[step.page.group] > 1:
        return words.t(procedure.groups[step.page.group].title, number=step.round)
    return words.t(step.page.section)


def _rows(step: Step, answers: Answers, words: Words, entitled: frozenset[str] | None) -> list[Row]:
    rows = []
    for item in step.fields:
        pattern = f"{step.page.group}.*.{item.id}" if step.round else item.id
        answer = answers.get(step.path(item))
        if answer is None or (entitled is not None and pattern not in entitled):
            continue
        if answer.value or answer.source is Source.TYPED:
            rows.append(_row(step, item, answer, words))
    return rows


def _row(step: Step, item: Field, answer: Answer, words: Words) -> Row:
    return Row(
        path=step.path(item),
        step_key=step.key,
        label=words.t(item.label),
        text=item.format(answer.value, words) if answer.value else words.t(NOTHING_GIVEN),
        source=answer.source,
        contested=None if answer.contested is None else item.format(answer.contested, words),
        value=item.export(answer.value) if answer.value else None,
    )
