"""`kiosk eac`: certificates go in, are listed, and what is wrong with them is said in sentences with an exit code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.cards.pki.making import LASTS, SpecimenPki, make_specimen_pki
from kiosk.eac_commands import check, import_files, list_all
from kiosk.errors import EacError

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def pki() -> SpecimenPki:
    return make_specimen_pki(NOW.date())


@pytest.fixture
def files(pki, tmp_path) -> list[Path]:
    """What an issuer sends."""
    pki.write_terminal(tmp_path / "mail")
    pki.write_csca(tmp_path / "mail")
    return sorted((tmp_path / "mail").iterdir())


@pytest.fixture
def folders(tmp_path) -> tuple[Path, Path]:
    return tmp_path / "eac", tmp_path / "csca"


def test_what_was_imported_is_complete(files, folders, capsys):
    assert import_files(*folders, files) == 0
    assert capsys.readouterr().out.count("imported: ") == len(files)
    assert check(*folders, now=NOW) == 0
    assert "certificates are complete and valid" in capsys.readouterr().out


def test_it_is_listed(files, folders, capsys):
    import_files(*folders, files)
    capsys.readouterr()
    assert list_all(*folders) == 0
    lines = capsys.readouterr().out.splitlines()
    kinds = sorted(line[:26].strip() for line in lines)
    assert kinds == ["CSCA", "CVCA", "CVCA", "CVCA", "domestic document verifier", "terminal"]
    assert any("DETESTATKI00001" in line and "2036-11-22" in line for line in lines)


def test_where_nothing_is_it_says_what_is_missing_and_what_works(folders, capsys):
    assert list_all(*folders) == 0
    assert "nothing is imported" in capsys.readouterr().out
    assert check(*folders, now=NOW) == 1
    said = capsys.readouterr().out
    assert "no terminal certificate" in said
    assert "no CSCA certificates" in said
    assert "`kiosk eac import`" in said
    assert "typing by hand and the online way still work" in said


def test_without_folders_in_the_configuration_it_says_the_same(capsys):
    assert check(None, None, now=NOW) == 1
    assert "no terminal certificate" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before_end", "code", "said"), [(40, 0, "complete"), (5, 1, "order the next one"), (-1, 1, "cards refuse it")]
)
def test_it_tells_of_an_end_in_time(files, folders, capsys, before_end, code, said):
    import_files(*folders, files)
    assert check(*folders, 30, NOW + LASTS - timedelta(days=before_end)) == code
    assert said in capsys.readouterr().out


def test_any_number_of_days_ahead_is_understood(files, folders, capsys):
    import_files(*folders, files)
    assert check(*folders, 10**12, NOW) == 1
    assert "order the next one" in capsys.readouterr().out


def test_a_file_that_is_refused_is_an_error_with_a_remedy(folders, tmp_path):
    (tmp_path / "note.txt").write_text("no certificate", encoding="ascii")
    with pytest.raises(EacError) as caught:
        import_files(*folders, [tmp_path / "note.txt"])
    assert caught.value.code == "EAC-01"
    assert caught.value.entry.remedy
