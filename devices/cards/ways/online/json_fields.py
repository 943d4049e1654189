"""Typed reading of a JSON object that came from outside: a value of another kind raises CardError CARD-07.

An absent key and null are the same. The error names the key, never the value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from kiosk.errors import CardError


class Fields:
    """One JSON object, as `json.loads` gives it."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    @property
    def empty(self) -> bool:
        return not self._values

    def has(self, key: str) -> bool:
        return self._values.get(key) is not None

    def maybe_text(self, key: str) -> str | None:
        value = self._values.get(key)
        if value is not None and not isinstance(value, str):
            raise _wrong(key)
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """`default` where the key is absent; without one it must be there."""
        value = self.maybe_text(key)
        if value is None:
            value = default
        if value is None:
            raise _wrong(key)
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self._values.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise _wrong(key)
        return value

    def number(self, key: str) -> int | None:
        value = self._values.get(key)
        if value is None:
            return None
        return _whole(key, value)

    def numbers(self, key: str) -> tuple[int, ...]:
        return tuple(_whole(key, value) for value in self._list(key))

    def texts(self, key: str) -> tuple[str, ...]:
        values = tuple(self._list(key))
        if not all(isinstance(value, str) for value in values):
            raise _wrong(key)
        return values

    def day(self, key: str) -> date | None:
        """An ISO 8601 date, None where it is absent or no date."""
        try:
            return date.fromisoformat(self.text(key, ""))
        except ValueError:
            return None

    def part(self, key: str) -> Fields | None:
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise _wrong(key)
        return Fields(value)

    def need(self, key: str) -> Fields:
        part = self.part(key)
        if part is None:
            raise _wrong(key)
        return part

    def parts(self, key: str) -> Iterator[Fields]:
        for value in self._list(key):
            if not isinstance(value, dict):
                raise _wrong(key)
            yield Fields(value)

    def _list(self, key: str) -> list[Any]:
        value = self._values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise _wrong(key)
        return value


def _whole(key: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(key)
    return value


def _wrong(key: str) -> CardError:
    return CardError("CARD-07", f"{key} is absent or of the wrong kind")
