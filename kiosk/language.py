"""One language of the interface: its texts, dates, numbers, and whether anybody reviewed it.

German is the source: every text is written in German and is its own key. A catalogue is
assets/locale/<language>.po; a message marked `# unreviewed` was translated but not yet checked
by a native speaker. Catalogues are read once at start; a malformed one refuses to start.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, get_timezone
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_currency

from kiosk.errors import TextError

ASSETS = Path(__file__).resolve().parent.parent / "assets"
LOCALES = ASSETS / "locale"
SOURCE = "de"
TIMEZONE = get_timezone("Europe/Berlin")
# English here is read by people in Europe: day before month.
FORMATS = {"en": "en_GB"}
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Language:
    """A language a person can choose. `name` is its own name for itself."""

    code: str
    name: str
    texts: Mapping[str, str] = field(repr=False)
    reviewed: bool

    @property
    def _formats(self) -> str:
        return FORMATS.get(self.code, self.code)

    def t(self, text: str, **params: object) -> str:
        """The text in this language (German where a translation is missing), placeholders filled."""
        translated = self.texts.get(text, text)
        return translated.format(**params) if params else translated

    def date(self, iso: str) -> str:
        """ "2026-11-14" -> "14. November 2026", "2026-03" -> "März 2026", "1950" -> "1950"; "" stays ""."""
        parts = [int(part) for part in iso.split("-")] if iso else []
        match parts:
            case [year, month, day]:
                return format_date(date(year, month, day), "long", locale=self._formats)
            case [year, month]:
                return format_date(date(year, month, 1), "LLLL y", locale=self._formats)
            case [year]:
                return f"{year:04d}"
            case _:
                return ""

    def moment(self, at: datetime) -> str:
        """A point in time in the town's time zone, as "22. November 2026, 14:07"."""
        pattern = "d. MMMM y, HH:mm" if self.code == SOURCE else "d MMMM y, HH:mm"
        return format_datetime(at, pattern, tzinfo=TIMEZONE, locale=self._formats)

    def day(self, at: datetime) -> str:
        """The day of a point in time in the town's time zone, as "22. November 2026"."""
        return self.date(at.astimezone(TIMEZONE).date().isoformat())

    def euros(self, cents: int) -> str:
        return format_currency(cents / 100, "EUR", locale=self._formats)


def load(code: str, folder: Path = LOCALES) -> Language:
    """The language `code` ("de", "en", "dsb"). Raises TextError naming file and line."""
    name = native_name(code)
    if code == SOURCE:
        return Language(code, name, {}, reviewed=True)
    path = folder / f"{code}.po"
    catalogue = _read(path, code)
    texts = {m.id: m.string for m in catalogue if isinstance(m.id, str) and isinstance(m.string, str) and m.string}
    reviewed = not any("unreviewed" in m.user_comments for m in catalogue)
    return Language(code, name, texts, reviewed)


def _read(path: Path, code: str) -> Catalog:
    try:
        text = path.read_text(encoding="utf-8")
        catalogue = read_po(io.StringIO(text), locale=code, abort_invalid=True)
    except OSError as error:
        raise TextError("TEXT-01", f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TextError("TEXT-01", f"{path}: not UTF-8 at byte {error.start}") from error
    except PoFileError as error:
        what = str(error.args[0]).removesuffix(f" on {error.lineno}")  # Babel counts lines from 0
        raise TextError("TEXT-01", f"{path}: line {error.lineno + 1}: {what}") from error
    for number, line in enumerate(text.splitlines(), 1):
        # Babel reads an open quote as if it were closed and loses a letter.
        if line.startswith(("msg", '"')) and not (line.endswith('"') and line.count('"') >= 2):
            raise TextError("TEXT-01", f"{path}: line {number}: quote not closed")
    for message in catalogue:
        if message.string and _placeholders(message.id) != _placeholders(message.string):
            raise TextError("TEXT-01", f"{path}: line {message.lineno}: placeholders differ from the German text")
        if _placeholders(message.id) and not {"{", "}"}.isdisjoint(PLACEHOLDER.sub("", str(message.string))):
            raise TextError("TEXT-01", f"{path}: line {message.lineno}: a brace that belongs to no placeholder")
    return catalogue


def _placeholders(text: object) -> set[str]:
    return set(PLACEHOLDER.findall(str(text)))


def load_all(codes: Iterable[str], folder: Path = LOCALES) -> dict[str, Language]:
    return {code: load(code, folder) for code in codes}


def native_name(code: str) -> str:
    """The language's own name for itself."""
    if code == "dsb":
        return "Dolnoserbski"
    try:
        return Locale.parse(code).get_display_name(code).title()  # type: ignore[union-attr]  # a name exists for every locale Babel knows
    except (UnknownLocaleError, ValueError) as error:
        raise TextError("TEXT-01", f"unknown language {code!r}") from error
