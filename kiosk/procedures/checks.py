"""Rules between answers: a closed set of named kinds, one small class each.

Rules
  1. A kind looks at one value, perhaps one other value, the values of earlier rounds, and today.
  2. With a date whose day or month is unknown it speaks up only when no reading of that date obeys.
  3. An empty value obeys every kind but `required_unless`.

Which answers a check is run on is the journey's business; what a citizen reads is in problems.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import ClassVar, NamedTuple, Protocol

from kiosk.procedures.fields.dates import earliest, latest


class Situation(NamedTuple):
    """What a check sees. `other` is "" where unknown; `earlier` are this field's values in earlier rounds."""

    value: str
    today: date
    other: str = ""
    days: int = 0
    earlier: tuple[str, ...] = ()


class Rule(Protocol):
    """One kind of check. `problem` is the code of its sentence; `on_dates` whether both fields must be dates."""

    problem: ClassVar[str]
    on_dates: ClassVar[bool]
    needs: ClassVar[frozenset[str]]

    def broken(self, seen: Situation) -> bool:
        """Whether the rule is certainly violated."""
        ...


class NotBefore:
    """A date is not before another date of the same application."""

    problem: ClassVar[str] = "date-before-other"
    on_dates: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset({"other"})

    def broken(self, seen: Situation) -> bool:
        return bool(seen.value and seen.other) and latest(seen.value) < earliest(seen.other)


class NotInFuture:
    """A date is today or earlier."""

    problem: ClassVar[str] = "date-in-future"
    on_dates: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset()

    def broken(self, seen: Situation) -> bool:
        return bool(seen.value) and earliest(seen.value) > seen.today


class NotInPast:
    """A date is today or later."""

    problem: ClassVar[str] = "date-in-past"
    on_dates: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset()

    def broken(self, seen: Situation) -> bool:
        return bool(seen.value) and latest(seen.value) < seen.today


class WithinDays:
    """A date is at most `days` days ago."""

    problem: ClassVar[str] = "date-too-long-ago"
    on_dates: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset({"days"})

    def broken(self, seen: Situation) -> bool:
        return bool(seen.value) and latest(seen.value) + timedelta(days=seen.days) < seen.today


class WithinDaysAhead:
    """A date is at most `days` days from now."""

    problem: ClassVar[str] = "date-too-far-ahead"
    on_dates: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset({"days"})

    def broken(self, seen: Situation) -> bool:
        return bool(seen.value) and earliest(seen.value) > seen.today + timedelta(days=seen.days)


class RequiredUnless:
    """A field may stay empty only while another date is less than `days` days ago."""

    problem: ClassVar[str] = "required"
    on_dates: ClassVar[bool] = False
    needs: ClassVar[frozenset[str]] = frozenset({"other", "days"})

    def broken(self, seen: Situation) -> bool:
        if seen.value:
            return False
        return not seen.other or latest(seen.other) + timedelta(days=seen.days) <= seen.today


class OnePer:
    """A value occurs in one round of its group only."""

    problem: ClassVar[str] = "already-given"
    on_dates: ClassVar[bool] = False
    needs: ClassVar[frozenset[str]] = frozenset()

    def broken(self, seen: Situation) -> bool:
        return bool(seen.value) and seen.value in seen.earlier


class Differs:
    """A value is not the same as another one."""

    problem: ClassVar[str] = "same-as-other"
    on_dates: ClassVar[bool] = False
    needs: ClassVar[frozenset[str]] = frozenset({"other"})

    def broken(self, seen: Situation) -> bool:
        return bool(seen.value) and seen.value == seen.other


RULES: Mapping[str, Rule] = {
    "differs": Differs(),
    "not_before": NotBefore(),
    "not_in_future": NotInFuture(),
    "not_in_past": NotInPast(),
    "one_per": OnePer(),
    "required_unless": RequiredUnless(),
    "within_days": WithinDays(),
    "within_days_ahead": WithinDaysAhead(),
}
