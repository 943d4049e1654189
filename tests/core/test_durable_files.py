"""Files that are whole or not there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kiosk import durable_files


def test_a_file_is_there_whole_with_its_rights(tmp_path: Path) -> None:
    durable_files.replace(tmp_path / "list", "one", 0o640)
    durable_files.replace(tmp_path / "list", "two", 0o640)

    assert (tmp_path / "list").read_text() == "two"
    assert stat.S_IMODE((tmp_path / "list").stat().st_mode) == 0o640
    assert [file.name for file in tmp_path.iterdir()] == ["list"]


def test_what_fails_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    durable_files.replace(tmp_path / "list", "one")

    with pytest.raises(UnicodeEncodeError):
        durable_files.replace(tmp_path / "list", "zwei, drei, fünf")

    assert (tmp_path / "list").read_text() == "one"
    assert [file.name for file in tmp_path.iterdir()] == ["list"]


def test_a_new_file_never_takes_the_place_of_another(tmp_path: Path) -> None:
    durable_files.replace(tmp_path / "lock", "one")

    with pytest.raises(FileExistsError), durable_files.partial(tmp_path / "lock"):
        raise AssertionError("never gets here")
    assert (tmp_path / "lock").read_text() == "one"


def test_two_that_write_the_same_new_file_are_one_that_writes_and_one_that_is_refused(tmp_path: Path) -> None:
    with durable_files.partial(tmp_path / "backup") as first:
        first.write_text("first")
        with pytest.raises(FileExistsError), durable_files.partial(tmp_path / "backup"):
            raise AssertionError("never gets here")

    assert (tmp_path / "backup").read_text() == "first"


def test_what_a_power_cut_left_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "list.part").write_text("half")

    durable_files.replace(tmp_path / "list", "whole")

    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("list", "whole")]
