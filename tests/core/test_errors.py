"""One catalogue of errors: stable codes, a sentence for everyone concerned, the same table in the README."""

import re
from pathlib import Path

import pytest

from kiosk.errors import CATALOGUE, Audience, CardError

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.mark.parametrize("code", CATALOGUE)
def test_a_code_reads_family_and_number(code: str) -> None:
    assert re.fullmatch(r"[A-Z]+-\d\d", code)
    assert CATALOGUE[code].code == code


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_everyone_concerned_has_a_sentence(entry) -> None:
    assert entry.meaning
    assert entry.remedy
    if entry.audience is Audience.CITIZEN:
        assert entry.citizen.endswith(".")


def test_an_error_knows_its_entry_and_whether_trying_again_may_help() -> None:
    error = CardError("CARD-03", tries_left=2)
    assert error.code == "CARD-03"
    assert error.retryable
    assert error.tries_left == 2


def table() -> list[str]:
    """The error table as the README must carry it."""
    return [
        f"| {e.code} | {e.audience} | {'yes' if e.retryable else 'no'} | {e.meaning} | {e.remedy} |"
        for e in CATALOGUE.values()
    ]


def test_the_readme_carries_the_whole_table() -> None:
    block = README.read_text(encoding="utf-8").split("<!-- error table -->")[1]
    rows = [line for line in block.splitlines() if re.match(r"\| [A-Z]+-\d\d ", line)]
    assert rows == table()
