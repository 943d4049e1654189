"""Dates as people type them, with parts they do not know."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pytest

from kiosk.language import load
from kiosk.procedures.fields import Date
from kiosk.procedures.fields.dates import earliest, latest
from kiosk.procedures.model import Problem


def parse(text: str, precision: Literal["day", "month", "year"] = "year") -> str:
    result = Date(id="d", label="Datum", precision=precision).parse(text)
    return result.code if isinstance(result, Problem) else result


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("24.11.1980", "1980-11-24"),
        ("4.1.1980", "1980-01-04"),
        ("24. 11. 1980", "1980-11-24"),
        ("24/11/1980", "1980-11-24"),
        ("24111980", "1980-11-24"),
        ("1980-11-24", "1980-11-24"),
        ("11.1980", "1980-11"),
        ("111980", "1980-11"),
        ("1980-11", "1980-11"),
        ("1980", "1980"),
        ("..1980", "1980"),
        (".11.1980", "1980-11"),
        ("00.00.1980", "1980"),
        ("xx.11.1980", "1980-11"),
        ("1980-00-00", "1980"),
        ("29.02.2024", "2024-02-29"),
    ],
)
def test_a_date_is_taken_as_people_write_it(text: str, value: str) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "required"),
        ("..", "required"),
        ("gestern", "not-a-date"),
        ("24.11.80", "not-a-date"),
        ("24..1980", "not-a-date"),
        ("1.2.3.1980", "not-a-date"),
        ("٢٤.١١.١٩٨٠", "not-a-date"),
        ("²4.11.1980", "not-a-date"),
        ("31.02.1980", "no-such-day"),
        ("29.02.2023", "no-such-day"),
        ("24.13.1980", "no-such-day"),
        ("24.11.0980", "date-year"),
        ("24.11.9999", "date-year"),
    ],
)
def test_what_is_no_date_is_refused(text: str, problem: str) -> None:
    assert parse(text) == problem


def test_a_field_says_how_much_of_a_date_it_wants() -> None:
    assert parse("11.1980", "day") == "date-needs-day"
    assert parse("1980", "day") == "date-needs-day"
    assert parse("1980", "month") == "date-needs-month"
    assert parse("11.1980", "month") == "1980-11"


def test_a_partial_date_is_shown_as_far_as_it_is_known() -> None:
    field = Date(id="d", label="Datum")

    shown = [field.format(value, load("de")) for value in ("1980-11-24", "1980-11", "1980", "")]

    assert shown == ["24. November 1980", "November 1980", "1980", ""]


def test_a_partial_date_spans_all_the_days_it_can_mean() -> None:
    assert (earliest("1980"), latest("1980")) == (date(1980, 1, 1), date(1980, 12, 31))
    assert (earliest("2024-02"), latest("2024-02")) == (date(2024, 2, 1), date(2024, 2, 29))
    assert earliest("2024-02-03") == latest("2024-02-03") == date(2024, 2, 3)
