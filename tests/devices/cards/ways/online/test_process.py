"""Starting AusweisApp for one visit, and programs that are not AusweisApp."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from devices.cards.ways.online.process import running
from kiosk.errors import CardError


@pytest.fixture
def program(tmp_path):
    """Makes an executable of some lines of shell."""

    def make(*lines: str) -> Path:
        file = tmp_path / "program"
        file.write_text("\n".join(["#!/bin/sh", *lines]))
        file.chmod(0o700)
        return file

    return make


@pytest.fixture
def folder(tmp_path) -> Path:
    place = tmp_path / "homes"
    place.mkdir()
    return place


@pytest.mark.parametrize("name", ["AusweisApp2", "AusweisApp"])
def test_the_port_is_read_from_the_file_of_either_version(program, folder, name):
    listening = program(f'printf 4711 > "$TMPDIR/{name}.$$.port"', "exec tail -f /dev/null")

    with running(listening, folder=folder) as port:
        assert port == 4711


def test_it_is_gone_afterwards_and_so_is_what_it_wrote(program, folder):
    written = folder.parent / "pid"
    listening = program(f"echo $$ > {written}", 'printf 1 > "$TMPDIR/AusweisApp2.$$.port"', "exec tail -f /dev/null")

    with running(listening, folder=folder):
        pid = int(written.read_text())
        assert list(folder.iterdir())

    assert not list(folder.iterdir())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_it_is_gone_even_if_the_visit_failed(program, folder):
    listening = program('printf 1 > "$TMPDIR/AusweisApp2.$$.port"', "exec tail -f /dev/null")

    with pytest.raises(CardError, match="CARD-26"), running(listening, folder=folder):
        raise CardError("CARD-26")

    assert not list(folder.iterdir())


def test_it_finds_nothing_of_this_process_in_its_environment(program, folder, monkeypatch):
    monkeypatch.setenv("KIOSK_SECRET", "x")
    written = folder.parent / "environment"
    listening = program(f"env > {written}", 'printf 1 > "$TMPDIR/AusweisApp2.$$.port"', "exec tail -f /dev/null")

    with running(listening, folder=folder):
        environment = written.read_text()

    assert "KIOSK_SECRET" not in environment
    assert f"HOME={folder}" in environment


def test_a_program_that_is_not_there(folder):
    with pytest.raises(CardError, match=r"CARD-24"), running(folder / "nothing", folder=folder):
        pass


def test_a_program_that_ends_at_once(program, folder):
    with pytest.raises(CardError, match=r"CARD-24.*ended at once"), running(program("exit 3"), folder=folder):
        pass


def test_a_program_that_tells_no_port(program, folder):
    silent = program('echo soon > "$TMPDIR/AusweisApp2.$$.port"', "exec tail -f /dev/null")

    with pytest.raises(CardError, match=r"CARD-24.*no port"), running(silent, folder=folder, deadline_s=0.1):
        pass
