"""Each rule between answers: what it lets pass, what it stops, and what it does with a date not fully known."""

from __future__ import annotations

from datetime import date

import pytest

from kiosk.procedures.checks import RULES, Situation
from kiosk.procedures.problems import PROBLEM_TEXTS

TODAY = date(2026, 11, 22)


def broken(kind: str, value: str, **seen: object) -> bool:
    return RULES[kind].broken(Situation(value, TODAY, **seen))  # type: ignore[arg-type]


def test_not_before_compares_two_dates() -> None:
    assert broken("not_before", "2026-11-01", other="2026-11-02")
    assert not broken("not_before", "2026-11-02", other="2026-11-02")


def test_not_before_believes_a_date_that_may_be_right() -> None:
    assert not broken("not_before", "2026-11-01", other="2026-11")
    assert not broken("not_before", "2026", other="2026-11-02")
    assert broken("not_before", "2025", other="2026")


def test_not_before_waits_for_the_other_date() -> None:
    assert not broken("not_before", "2026-11-01")


def test_not_in_future_allows_today() -> None:
    assert not broken("not_in_future", "2026-11-22")
    assert broken("not_in_future", "2026-11-23")
    assert not broken("not_in_future", "2026")
    assert broken("not_in_future", "2027")


def test_not_in_past_allows_today() -> None:
    assert not broken("not_in_past", "2026-11-22")
    assert broken("not_in_past", "2026-11-21")
    assert not broken("not_in_past", "2026-11")


def test_within_days_counts_back() -> None:
    assert not broken("within_days", "2026-11-08", days=14)
    assert broken("within_days", "2026-11-07", days=14)


def test_within_days_ahead_counts_forward() -> None:
    assert not broken("within_days_ahead", "2026-12-06", days=14)
    assert broken("within_days_ahead", "2026-12-07", days=14)


def test_required_unless_lets_a_young_thing_off() -> None:
    assert broken("required_unless", "", other="2026-09-27", days=56)
    assert not broken("required_unless", "", other="2026-09-28", days=56)
    assert not broken("required_unless", "", other="2026-09", days=56)
    assert broken("required_unless", "", other="2026-08", days=56)
    assert broken("required_unless", "", days=56)
    assert not broken("required_unless", "276098102345678", other="2020", days=56)


def test_one_per_refuses_what_an_earlier_round_has() -> None:
    assert broken("one_per", "a", earlier=("b", "a"))
    assert not broken("one_per", "a", earlier=("b",))


def test_differs_compares_two_answers() -> None:
    assert broken("differs", "CB-AB 1", other="CB-AB 1")
    assert not broken("differs", "CB-AB 1", other="CB-AB 2")


@pytest.mark.parametrize("kind", [kind for kind in RULES if kind != "required_unless"])
def test_an_empty_answer_breaks_no_rule(kind: str) -> None:
    assert not broken(kind, "", other="", earlier=("",))


@pytest.mark.parametrize("kind", RULES)
def test_every_rule_has_a_sentence(kind: str) -> None:
    assert RULES[kind].problem in PROBLEM_TEXTS
