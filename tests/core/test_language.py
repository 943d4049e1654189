"""A language knows its texts, dates and amounts; a broken catalogue refuses to start and says where."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.errors import TextError
from kiosk.language import load

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def test_german_is_the_source_and_needs_no_catalogue(tmp_path: Path) -> None:
    german = load("de", tmp_path)
    assert german.t("Seite {page} von {pages}", page=2, pages=7) == "Seite 2 von 7"
    assert german.reviewed


def test_a_text_without_translation_stays_german(tmp_path: Path) -> None:
    (tmp_path / "en.po").write_text(HEADER + 'msgid "Weiter"\nmsgstr "Continue"\n', encoding="utf-8")
    english = load("en", tmp_path)
    assert english.t("Weiter") == "Continue"
    assert english.t("Zurück") == "Zurück"


def test_an_unreviewed_message_marks_the_language(tmp_path: Path) -> None:
    (tmp_path / "en.po").write_text(HEADER + '# unreviewed\nmsgid "Weiter"\nmsgstr "Continue"\n', encoding="utf-8")
    assert not load("en", tmp_path).reviewed


@pytest.mark.parametrize(
    ("iso", "german", "english"),
    [
        ("2026-11-14", "14. November 2026", "14 November 2026"),
        ("2026-03", "März 2026", "March 2026"),
        ("1950", "1950", "1950"),
        ("", "", ""),
    ],
)
def test_dates_may_be_partly_unknown(tmp_path: Path, iso: str, german: str, english: str) -> None:
    (tmp_path / "en.po").write_text(HEADER, encoding="utf-8")
    assert load("de").date(iso) == german
    assert load("en", tmp_path).date(iso) == english


def test_moments_are_told_in_the_towns_time() -> None:
    assert load("de").moment(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == "2. Juli 2026, 00:30"


def test_amounts_are_written_as_people_here_write_them() -> None:
    assert load("de").euros(6000) == "60,00\xa0€"


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ('msgid "Weiter"\nmsgstr "Continue\n', 2),
        ('msgid "Weiter"\nnonsense\n', 2),
        ('msgid "Seite {page}"\nmsgstr "Page {pgae}"\n', 1),
        ('msgid "Seite {page}"\nmsgstr "Page {page:>9d}"\n', 1),
        ('msgid "Seite {page}"\nmsgstr "Page {page} {"\n', 1),
    ],
)
def test_a_malformed_catalogue_is_refused_with_file_and_line(tmp_path: Path, broken: str, line: int) -> None:
    path = tmp_path / "en.po"
    path.write_text(HEADER + broken, encoding="utf-8")
    with pytest.raises(TextError, match=rf"en\.po: line {HEADER.count(chr(10)) + line}:"):
        load("en", tmp_path)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(TextError, match="unknown language"):
        load("zz-nowhere")
