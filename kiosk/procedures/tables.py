"""Reading a TOML file so that every complaint names file, line and key.

`tomllib` names the line of a syntax error only; the line of a key is found by reading the text again,
header by header. Where a key is missing, the line is that of the table it is missing from.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from kiosk.errors import ProcedureError

T = TypeVar("T")
REQUIRED: Any = object()
_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\s-]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=(.*)")
_KINDS = {str: "a text", int: "a whole number", bool: "true or false", list: "a list", dict: "a table"}


class Table:
    """One table of the file, read key by key. `done` refuses the keys nobody asked for."""

    def __init__(self, path: Path, lines: Mapping[str, int], data: Mapping[str, Any], where: str = "") -> None:
        self.path, self.lines, self.data, self.where = path, lines, data, where
        self._taken: set[str] = set()

    def take(self, key: str, kind: type[T], default: T = REQUIRED) -> T:
        """The value of `key`. Raises ProcedureError if it is missing or of another kind."""
        self._taken.add(key)
        if key not in self.data:
            if default is REQUIRED:
                raise self.refuse(key, "is missing")
            return default
        value = self.data[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.refuse(key, f"must be {_KINDS[kind]}")
        return value

    def text(self, key: str, default: str = REQUIRED) -> str:
        """A text somebody reads: no control characters, and something in it where it must be there."""
        return self._readable(key, self.take(key, str, default), empty=default is not REQUIRED)

    def texts(self, key: str, *, empty: bool = False) -> tuple[str, ...]:
        """A list of such texts, none by default; `empty` allows an empty one among them."""
        values: list[object] = self.take(key, list, [])
        if not all(isinstance(value, str) for value in values):
            raise self.refuse(key, "must be a list of texts")
        return tuple(self._readable(key, str(value), empty=empty) for value in values)

    def number(self, key: str, bounds: range, default: int = REQUIRED) -> int:
        """A whole number within `bounds`."""
        value = self.take(key, int, default)
        if value not in bounds:
            raise self.refuse(key, f"must be from {bounds.start} to {bounds.stop - 1}")
        return value

    def tables(self, key: str) -> list[Table]:
        """A list of tables, empty by default."""
        values: list[object] = self.take(key, list, [])
        return [self._inner(f"{key}[{number}]", value) for number, value in enumerate(values)]

    def table(self, key: str) -> Table | None:
        """An inner table, or None."""
        self._taken.add(key)
        return self._inner(key, self.data[key]) if key in self.data else None

    def done(self) -> None:
        """Refuse what was not asked for."""
        for key in self.data:
            if key not in self._taken:
                raise self.refuse(key, "is unknown")

    def refuse(self, key: str, complaint: str) -> ProcedureError:
        """The error to raise about `key` of this table."""
        full = f"{self.where}.{key}".strip(".")
        line = line_of(full, self.lines)
        place = f"{self.path}, line {line}" if line else f"{self.path}"
        return ProcedureError("PROC-01", f"{place}: {full} {complaint}")

    def _readable(self, key: str, value: str, *, empty: bool) -> str:
        if not (empty or value.strip()):
            raise self.refuse(key, "must not be empty")
        if any(unicodedata.category(sign) == "Cc" for sign in value.replace("\n", "")):
            raise self.refuse(key, "holds a control character")
        return value

    def _inner(self, key: str, value: object) -> Table:
        if not isinstance(value, dict):
            raise self.refuse(key, "must be a table")
        return Table(self.path, self.lines, value, f"{self.where}.{key}".strip("."))


def read(path: Path) -> tuple[Table, bytes]:
    """The file's root table and its bytes. Raises ProcedureError for a file that is no TOML."""
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
        return Table(path, key_lines(text), tomllib.loads(text)), raw
    except OSError as error:
        raise ProcedureError("PROC-01", f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ProcedureError("PROC-01", f"{path}, line {line}: not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ProcedureError("PROC-01", f"{path}: {error}") from error


def key_lines(text: str) -> dict[str, int]:
    """The line of every header and key, by key path ("pages[2].fields[0].label"); multi-line strings are skipped."""
    lines: dict[str, int] = {}
    counts: Counter[str] = Counter()
    where, inside = "", ""
    for number, line in enumerate(text.splitlines(), start=1):
        if inside:
            inside = "" if inside in line else inside
        elif header := _HEADER.fullmatch(line):
            where = _place(header[2], header[1] == "[[", counts)
            lines[where] = number
        elif key := _KEY.match(line):
            lines[f"{where}.{key[1]}".strip(".")] = number
            inside = next((quotes for quotes in ('"""', "'''") if key[2].count(quotes) == 1), "")
    return lines


def line_of(full: str, lines: Mapping[str, int]) -> int:
    """The line of a key path, or of the nearest table around it; 0 if there is none."""
    while full:
        for known in (full, f"{full}[0]"):
            if known in lines:
                return lines[known]
        full = full[: full.rindex("[")] if full.endswith("]") else full.rpartition(".")[0]
    return 0


def _place(header: str, many: bool, counts: Counter[str]) -> str:
    """The key path a header opens; entries of a list are counted under their parent entry."""
    names = [name.strip() for name in header.split(".")]
    where = ""
    for name in names[:-1]:
        where = f"{where}.{name}".strip(".")
        if counts[where]:
            where = f"{where}[{counts[where] - 1}]"
    where = f"{where}.{names[-1]}".strip(".")
    if many:
        counts[where] += 1
        where = f"{where}[{counts[where] - 1}]"
    return where
