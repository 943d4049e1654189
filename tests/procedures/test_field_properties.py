"""Whatever is typed, every field kind answers with a value or a Problem, and keeps what it once took."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.language import load
from kiosk.procedures.fields import KINDS, Choice, Choices, Option
from kiosk.procedures.model import Field, Problem
from kiosk.procedures.problems import problem_text

GERMAN = load("de")
OPTIONS = (Option("one", "Eins"), Option("two", "Zwei"))
FIELDS = {
    kind: cls(id="f", label="Feld", options=OPTIONS) if cls in (Choice, Choices) else cls(id="f", label="Feld")
    for kind, cls in KINDS.items()
}
ANYTHING = st.text(max_size=60) | st.text(alphabet="0123456789.-/ +()xX", max_size=30)
LIKELY = st.sampled_from(
    ["Łódź Šćěpan", "24.11.1980", "..1964", "CB-AB 123", "DE02120300000000202051", "name@example.org", "one two", "yes"]
)
SHAPED = (
    st.from_regex(r"\A[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2} ?[0-9]{1,4}[EH]?\Z")
    | st.from_regex(r"\A[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4}\Z")
    | st.from_regex(r"\A[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}\Z")
    | st.from_regex(r"\A[a-zß.]{1,8}@[a-zäß.-]{1,12}\.[a-z]{2,4}\Z")
    | st.tuples(st.text(max_size=20), st.from_regex(r"\A[0-9]{5}\Z"), st.text(max_size=20)).map("\n".join)
)
TEXTS = ANYTHING | LIKELY | SHAPED | st.lists(LIKELY | ANYTHING, max_size=4).map("\n".join)


@pytest.mark.parametrize("kind", KINDS)
@given(text=TEXTS)
def test_parse_never_raises_and_takes_its_own_values_again(kind: str, text: str) -> None:
    field: Field = FIELDS[kind]

    value = field.parse(text)

    if isinstance(value, Problem):
        assert problem_text(value, GERMAN)
    else:
        assert value
        assert field.parse(value) == value
        assert field.format(value, GERMAN).strip()
        json.dumps(field.export(value))


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_answer_is_refused_shown_as_nothing_and_can_be_sent(kind: str) -> None:
    field: Field = FIELDS[kind]

    assert isinstance(field.parse(""), Problem)
    assert field.format("", GERMAN) == ""
    json.dumps(field.export(""))


@pytest.mark.parametrize("kind", ["text", "name", "long_text"])
@given(text=TEXTS)
def test_what_is_kept_has_no_hidden_signs(kind: str, text: str) -> None:
    value = FIELDS[kind].parse(text)

    assert isinstance(value, Problem) or all(sign.isprintable() or sign == "\n" for sign in value)
