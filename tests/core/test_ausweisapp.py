"""AusweisApp is lent over a connection: it runs as long as that is held, and is gone before it ends."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from queue import SimpleQueue

import pytest

from devices.cards.pcsc.slot import PcscSlot
from devices.cards.people import load_people
from devices.cards.pki.making import make_specimen_pki
from devices.cards.reader import CardReader
from devices.cards.virtual.making import make_card
from devices.cards.virtual.vpcd import VpcdClient
from devices.cards.ways.online import commands as say
from devices.cards.ways.online import messages as sdk
from devices.cards.ways.online.client import SdkClient
from devices.cards.ways.online.process import running
from kiosk.ausweisapp import borrowed, lend
from kiosk.errors import CardError
from kiosk.identity import CardKind
from kiosk.online import EnterPin
from tests.devices.cards.namespaces import alone
from tests.devices.cards.running_service import RunningService
from tests.devices.cards.ways.online.sdk import Talk, changes_pin

PATIENCE_S = 30.0


class Counter:
    """A listener that answers one connection with `answer`, on a thread of its own."""

    def __init__(self, path: Path, answer: Callable[[socket.socket], object]) -> None:
        self.path = path
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._answer = answer
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._thread.join(PATIENCE_S)
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            self._answer(connection)


@pytest.fixture
def counter(tmp_path):
    """Makes one that answers as it is told."""
    made = []

    def make(answer: Callable[[socket.socket], object]) -> Path:
        made.append(Counter(tmp_path / "lend.sock", answer))
        return made[-1].path

    yield make
    for one in made:
        one.close()


@pytest.fixture
def lent():
    """What happened to a stand-in for AusweisApp, and a way to start it."""
    happened: list[str] = []

    @contextmanager
    def start():
        happened.append("started")
        try:
            yield 4711
        finally:
            happened.append("gone")

    return happened, start


def test_it_runs_while_it_is_borrowed_and_is_gone_when_that_ends(counter, lent):
    happened, start = lent
    with borrowed(counter(lambda connection: lend(connection, start))) as port:
        assert port == 4711
        assert happened == ["started"]
    assert happened == ["started", "gone"]


def test_it_is_gone_when_the_visit_failed_too(counter, lent):
    happened, start = lent
    path = counter(lambda connection: lend(connection, start))
    with pytest.raises(CardError, match="CARD-26"), borrowed(path):
        raise CardError("CARD-26")
    assert happened == ["started", "gone"]


def test_a_borrower_that_dies_ends_it(lent):
    happened, start = lent
    window, service = socket.socketpair()
    lending = threading.Thread(target=lend, args=(service, start))
    lending.start()
    assert window.recv(16) == b"4711\n"
    window.close()
    lending.join(PATIENCE_S)
    assert happened == ["started", "gone"]


def test_a_borrower_that_was_gone_before_it_was_up_ends_it(lent):
    happened, start = lent
    window, service = socket.socketpair()
    window.close()
    lend(service, start)
    assert happened == ["started", "gone"]


def test_a_program_that_does_not_start_is_not_lent(tmp_path):
    window, service = socket.socketpair()
    with window, pytest.raises(CardError, match="CARD-24"):
        lend(service, lambda: running(tmp_path / "nothing", folder=tmp_path))
    assert service.fileno() == -1


def test_a_lender_that_hangs_up_lends_nothing(counter):
    with pytest.raises(CardError, match=r"CARD-24.*does not start"), borrowed(counter(lambda connection: None)):
        pass


def test_where_nobody_lends_it_says_so(tmp_path):
    with pytest.raises(CardError, match=r"CARD-24.*nobody lends"), borrowed(tmp_path / "lend.sock"):
        pass


@pytest.mark.parametrize("answer", [b"soon\n", b"-1\n", b"65536\n", b"\xff\n", b"\n", b"1" * 16])
def test_what_is_no_port_is_no_port(counter, answer):
    with pytest.raises(CardError, match=r"CARD-24"), borrowed(counter(lambda connection: connection.sendall(answer))):
        pass


def test_a_lender_that_says_nothing_is_not_waited_for_for_ever(counter):
    silent = counter(lambda connection: connection.recv(1))
    with pytest.raises(CardError, match=r"CARD-24"), borrowed(silent, deadline_s=0.05):
        pass


def test_typed_by_a_person_the_command_says_who_starts_it():
    done = subprocess.run([sys.executable, "-m", "kiosk", "ausweisapp"], stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 1
    assert b"CARD-24" in done.stderr
    assert b"systemd starts this command" in done.stderr


@alone
def test_the_real_one_is_lent_by_the_command_as_systemd_starts_it(tmp_path_factory):
    path = tmp_path_factory.mktemp("lend") / "lend.sock"
    command = ["systemd-socket-activate", "--listen", path, "--accept", "--inetd"]
    folder = tmp_path_factory.mktemp("homes")
    environment = {**os.environ, "TMPDIR": str(folder)}
    lender = subprocess.Popen(
        [*command, "--setenv=TMPDIR", sys.executable, "-m", "kiosk", "ausweisapp"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert "Listening" in lender.stderr.readline()
        inbox = SimpleQueue()
        with borrowed(path) as port, SdkClient(port, inbox.put) as client:
            assert Talk(client, inbox).says(say.GetInfo()).hears(sdk.Info).name == "AusweisApp2"
            assert list(folder.iterdir())
        assert not list(folder.iterdir())
        with pytest.raises(CardError, match="CARD-24"), SdkClient(port, inbox.put):
            pass
    finally:
        lender.terminate()
        lender.wait()


@alone
def test_the_real_one_has_the_card_while_our_watcher_listens_and_leaves_it_to_our_reader(tmp_path_factory):
    erika, today = load_people()["erika"], date(2026, 11, 25)
    card = VpcdClient(make_card(erika, None, today=today, pki=make_specimen_pki(today)))
    lender = Counter(tmp_path_factory.mktemp("lend") / "lend.sock", lambda connection: lend(connection, running))
    with RunningService():
        slot, heard, inbox = PcscSlot(), SimpleQueue(), SimpleQueue()
        reader = CardReader(slot, {})
        reader.watch(heard.put)
        with borrowed(lender.path) as port, SdkClient(port, inbox.put) as client:
            questions = changes_pin(Talk(client, inbox), erika.pin, "271828", lay=card.insert)
        seen = reader.look()
        reader.close()
        card.remove()
    lender.close()

    assert EnterPin(tries_left=3) in questions
    assert [heard.get(timeout=PATIENCE_S) for _ in range(2)] == [False, True]
    assert seen is CardKind.GERMAN
