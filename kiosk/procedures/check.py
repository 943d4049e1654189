"""`kiosk check` for procedures: can each be completed, is every field reached, is every text translated?

Rules
  1. Completion is proved by walking: for every branch of every field a citizen who picks it gets to the
     end, or to a stop page.
  2. What a branch needs (the answers its conditions name) is worked out backwards from the conditions.
  3. A text is complete when every language but German has a translation for it.
  4. An icon is drawn in assets/icons; for another name the screens show a sheet of paper.

Nothing here runs while a citizen is at the terminal.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from itertools import product
from pathlib import Path
from string import Formatter
from typing import Protocol

from kiosk.errors import CATALOGUE, ProcedureError
from kiosk.procedures.fields.choices import NO_TEXT, YES_TEXT
from kiosk.procedures.journey import MORE, Refused, Step, accept, journey
from kiosk.procedures.loader import load_procedure
from kiosk.procedures.model import Answers, Condition, Field, Page, Procedure
from kiosk.procedures.problems import PROBLEM_TEXTS
from kiosk.procedures.references import pattern
from kiosk.procedures.samples import branches, samples
from kiosk.procedures.summary import NOTHING_GIVEN

ICONS = Path(__file__).resolve().parents[2] / "assets" / "icons" / "icons.toml"
# Any day will do: samples are counted from it.
PROBE_DAY = date(2026, 11, 22)
MOST_STEPS = 400
MOST_WAYS = 64
# What the program itself does not show, or shows untranslated: names, keys and the law's own words.
_UNTRANSLATED = frozenset(
    {"id", "version", "digest", "title_dsb", "icon", "service_id", "leika_key", "law", "as_of", "prefill", "group"}
    | {"field", "other", "kind", "severity", "tone", "precision", "never_sent", "values", "cents"}
)


class Catalogue(Protocol):
    """As much of a language as this check needs."""

    @property
    def code(self) -> str: ...

    @property
    def texts(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class End:
    """How one walk ended: the pages and fields seen on it, and a complaint if it got stuck."""

    seen: frozenset[str]
    stuck: str = ""


def complaints(procedures_dir: Path, languages: Mapping[str, Catalogue]) -> list[str]:
    """Everything wrong with the procedures of a folder, one sentence each; empty when all is well."""
    found: list[str] = []
    wanted: dict[str, str] = dict.fromkeys(own_texts(), "kiosk")
    icons = tomllib.loads(ICONS.read_text(encoding="utf-8"))
    files = sorted(procedures_dir.glob("*.toml"))
    if not files:
        found.append(f"{procedures_dir}: no procedure there")
    for path in files:
        try:
            procedure = load_procedure(path)
        except ProcedureError as error:
            found.append(error.detail)
            continue
        if procedure.icon not in icons:
            found.append(f"{path}: icon: there is no icon {procedure.icon!r}")
        found += [f"{path}: {complaint}" for complaint in incomplete(procedure)]
        wanted.update(dict.fromkeys(texts_of(procedure), str(path)))
    for language in languages.values():
        if language.code != "de":
            found += _untranslated(wanted, language)
    return found


def texts_of(procedure: Procedure) -> tuple[str, ...]:
    """Every German text of a procedure that a person reads, once each, in the order of the file."""
    return tuple(dict.fromkeys(text for text in _texts(procedure) if text))


def own_texts() -> tuple[str, ...]:
    """The texts of this package and of the error catalogue, which stand in no procedure file."""
    errors = [entry.citizen for entry in CATALOGUE.values() if entry.citizen]
    return tuple(dict.fromkeys([*PROBLEM_TEXTS.values(), *errors, YES_TEXT, NO_TEXT, NOTHING_GIVEN]))


def incomplete(procedure: Procedure) -> list[str]:
    """Branches on which a citizen gets stuck, and pages and fields nobody ever sees."""
    found: list[str] = []
    seen: set[str] = set()
    for plan in _plans(procedure):
        end = follow(procedure, plan)
        seen |= end.seen
        if end.stuck:
            found.append(end.stuck)
    for page in procedure.pages:
        if page.stop and page.id not in seen:
            found.append(f"page {page.id} is never reached")
        found += [f"field {field.id} is never reached" for field in page.fields if pattern(page, field) not in seen]
    return list(dict.fromkeys(found))


def follow(procedure: Procedure, plan: Mapping[str, str]) -> End:
    """Walk through a procedure; `plan` says what to answer to some fields, samples do the rest."""
    answers: Answers = {}
    seen: set[str] = set()
    for _ in range(MOST_STEPS):
        way = journey(procedure, answers, PROBE_DAY)
        seen.update(pattern(step.page, field) for step in way.steps for field in step.fields)
        step = way.next
        if step is None:
            return End(frozenset(seen))
        if step.page.stop:
            return End(frozenset(seen | {step.page.id}))
        given = _answer(procedure, answers, step, plan)
        if isinstance(given, str):
            return End(frozenset(seen), given)
        answers = given
    return End(frozenset(seen), "the questions never end")


def _answer(procedure: Procedure, answers: Answers, step: Step, plan: Mapping[str, str]) -> Answers | str:
    """The answers with one more page, trying the next sample where a check refuses one; or a complaint."""
    offers = {step.path(field): _offers(field, plan) for field in step.fields}
    problem = ""
    for texts in _tries(offers):
        result = accept(procedure, answers, step.key, texts, PROBE_DAY)
        if not isinstance(result, Refused):
            return result.answers
        path, first = next(iter(result.problems.items()))
        problem = f"page {step.page.id} cannot be answered: {path} is refused ({first.code})"
    return problem


def _tries(offers: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, str]]:
    for number, texts in enumerate(product(*offers.values())):
        if number >= MOST_WAYS:
            return
        yield dict(zip(offers, texts, strict=True))


def _offers(field: Field, plan: Mapping[str, str]) -> tuple[str, ...]:
    if field.id in plan:
        return (plan[field.id],)
    return ("no",) if field.id == MORE else samples(field, PROBE_DAY)


def _plans(procedure: Procedure) -> Iterator[dict[str, str]]:
    """One plan for every branch of every field, together with the answers that make the field visible."""
    owners = {field.id: (page, field) for page in procedure.pages for field in page.fields}
    yield {}
    for page in procedure.pages:
        if page.stop:
            yield from _ways(page.show_if, owners)
        for field in page.fields:
            for way in _ways(page.show_if + field.show_if, owners):
                yield way
                for branch in branches(field):
                    yield {**way, field.id: branch}


def _ways(conditions: tuple[Condition, ...], owners: Mapping[str, tuple[Page, Field]]) -> Iterator[dict[str, str]]:
    """Sets of answers under which all conditions hold, with what those answers need themselves."""
    if not conditions:
        yield {}
        return
    for values in product(*(sorted(condition.values) for condition in conditions)):
        plan: dict[str, str] = {}
        for condition, value in zip(conditions, values, strict=True):
            page, field = owners[condition.field]
            needed = next(_ways(page.show_if + field.show_if, owners), {})
            plan.update({**needed, field.id: value})
        yield plan


def _texts(item: object) -> Iterator[str]:
    """Walk the frozen tree and give out the texts people read."""
    if isinstance(item, str):
        yield item
    elif isinstance(item, Mapping):
        for value in item.values():
            yield from _texts(value)
    elif isinstance(item, tuple):
        for value in item:
            yield from _texts(value)
    elif is_dataclass(item):
        for part in fields(item):
            skipped = part.name in _UNTRANSLATED or (part.name == "fields" and not isinstance(item, Page))
            if not skipped:
                yield from _texts(getattr(item, part.name))


def _untranslated(wanted: Mapping[str, str], language: Catalogue) -> list[str]:
    found = []
    for text, origin in wanted.items():
        translated = language.texts.get(text)
        if not translated:
            found.append(f"{origin}: no text in {language.code!r} for: {_short(text)}")
        elif _placeholders(translated) != _placeholders(text):
            found.append(f"{origin}: other placeholders in {language.code!r} for: {_short(text)}")
    return found


def _placeholders(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:  # a lone brace: then the text is shown as it stands
        return set()


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
