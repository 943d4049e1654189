"""A citizen who answers a procedure page by page, and small procedure files to load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from kiosk.language import Language, load
from kiosk.procedures.journey import Accepted, Journey, Refused, accept, journey
from kiosk.procedures.loader import load_all
from kiosk.procedures.model import Answers, Procedure
from kiosk.procedures.prefill import prefill
from kiosk.procedures.problems import problem_text

TODAY = date(2026, 11, 22)

CARD = {
    "family_names": "Muster",
    "given_names": "Eva Maria",
    "birth_name": "",
    "doctoral_degree": "",
    "date_of_birth": "1964-08-12",
    "place_of_birth": "Berlin",
    "street": "Musterallee 17",
    "postcode": "03046",
    "city": "Cottbus",
}

SMALL = """
id = "small"
version = "1"
title = "Klein"
summary = "Kurz"
icon = "dog"
service_id = "urn:rathaus-kiosk:procedure:small"
card = true
notice = "Hinweis"
{extra}

[[pages]]
id = "first"
title = "Wie heißen Sie?"
section = "Sie"

[[pages.fields]]
kind = "name"
id = "name"
label = "Name"
{field}

[[pages]]
id = "second"
title = "Haben Sie einen Hund?"
section = "Sie"
{page}

[[pages.fields]]
kind = "yes_no"
id = "dog"
label = "Hund"
{second_field}

[[destinations]]
id = "office"
department = "Amt"
purpose = "liest"
fields = [{fields}]
{tail}
"""


class Citizen:
    """Answers pages by field name; a refused page leaves everything as it was."""

    def __init__(self, procedure: Procedure, words: Language, today: date = TODAY) -> None:
        self.procedure, self.words, self.today = procedure, words, today
        self.answers: Answers = {}
        self.problems: dict[str, str] = {}

    @property
    def journey(self) -> Journey:
        return journey(self.procedure, self.answers, self.today)

    @property
    def asked(self) -> str:
        """The key of the page in front of the citizen, "" when all is answered."""
        return self.journey.next.key if self.journey.next else ""

    @property
    def visible(self) -> set[str]:
        return {step.key for step in self.journey.steps}

    def shows_card(self, **changes: str) -> Citizen:
        self.answers = {**self.answers, **prefill(self.procedure, {**CARD, **changes})}
        return self

    def says(self, key: str, **texts: str) -> Citizen:
        """Answer the page `key`; field names are completed with the group's round."""
        step = self.journey.step(key)
        assert step is not None, f"{key} is not asked"
        given = {step.prefix + name: text for name, text in texts.items()}
        result = accept(self.procedure, self.answers, key, given, self.today)
        self.problems = {}
        match result:
            case Accepted(answers=answers):
                self.answers = answers
            case Refused(problems):
                self.problems = {path: problem_text(problem, self.words) for path, problem in problems.items()}
        return self


@pytest.fixture(scope="session")
def procedures() -> Mapping[str, Procedure]:
    return load_all()


@pytest.fixture(scope="session")
def german() -> Language:
    return load("de")


@pytest.fixture
def citizen(procedures: Mapping[str, Procedure], german: Language) -> Callable[[str], Citizen]:
    return lambda name: Citizen(procedures[name], german)


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Path]:
    """Write the small procedure with parts changed, and give its path."""

    def write(text: str = SMALL, **parts: str) -> Path:
        empty = {"extra": "", "field": "", "page": "", "second_field": "", "tail": "", "fields": '"name", "dog"'}
        path = tmp_path / "small.toml"
        path.write_text(text.format(**{**empty, **parts}), encoding="utf-8")
        return path

    return write
