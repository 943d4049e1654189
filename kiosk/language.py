"""One language of the interface: its texts, dates, numbers, and whether anybody reviewed it.

German is the source: every text is written in German and is its own key. A catalogue is
assets/locale/<language>.po; a message marked `# unreviewed` was translated but not yet checked
by a native speaker. Catalogues are read once at start; a malformed one refuses to start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, get_timezone
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_currency

from kiosk.errors import TextError

ASSETS = Path(__file__).resolve().parent.parent / "assets"
LOCALES = ASSETS / "locale"
SOURCE = "de"
TIMEZONE = get_timezone("Europe/Berlin")


@dataclass(frozen=True, slots=True)
class Language:
    """A language a person can choose. `name` is its own name for itself."""

    code: str
    name: str
    texts: Mapping[str, str] = field(repr=False)
    reviewed: bool

    def t(self, text: str, **params: object) -> str:
        """The text in this language (German where a translation is missing), placeholders filled."""
        translated = self.texts.get(text, text)
        return translated.format(**params) if params else translated

    def date(self, iso: str) -> str:
        """ "2026-11-14" -> "14. November 2026", "2026-03" -> "März 2026", "1950" -> "1950"; "" stays ""."""
        parts = [int(part) for part in iso.split("-")] if iso else []
        match parts:
            case [year, month, day]:
                return format_date(date(year, month, day), "long", locale=self.code)
            case [year, month]:
                return format_date(date(year, month, 1), "LLLL y", locale=self.code)
            case [year]:
                return f"{year:04d}"
            case _:
                return ""

    def moment(self, at: datetime) -> str:
        """A point in time in the town's time zone, as "22. November 2026, 14:07"."""
        return format_datetime(
            at, "d. MMMM y, HH:mm" if self.code == SOURCE else "d MMMM y, HH:mm", tzinfo=TIMEZONE, locale=self.code
        )

    def euros(self, cents: int) -> str:
        return format_currency(cents / 100, "EUR", locale=self.code)


def load(code: str, folder: Path = LOCALES) -> Language:
    """The language `code` ("de", "en", "dsb"). Raises TextError naming file and line."""
    name = native_name(code)
    if code == SOURCE:
        return Language(code, name, {}, reviewed=True)
    path = folder / f"{code}.po"
    try:
        with path.open("rb") as file:
            catalogue = read_po(file, locale=code, abort_invalid=True)
    except OSError as error:
        raise TextError("TEXT-01", f"{path}: {error.strerror}") from error
    except PoFileError as error:
        raise TextError("TEXT-01", f"{path}: line {error.lineno}: {error.args[0]}") from error
    texts = {m.id: m.string for m in catalogue if isinstance(m.id, str) and isinstance(m.string, str) and m.string}
    reviewed = not any("unreviewed" in m.user_comments for m in catalogue)
    return Language(code, name, texts, reviewed)


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
