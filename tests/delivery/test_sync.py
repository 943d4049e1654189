"""The sync process, in the test's own event loop and as a process of its own."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from uuid import uuid4

import pytest

from kiosk import doctor
from kiosk.application import CaseState
from kiosk.delivery import inspect
from kiosk.delivery.outbox import Outbox, RowState
from kiosk.delivery.outbox_file import held_alone
from kiosk.delivery.reference import mint_code, status_index, status_token
from kiosk.delivery.status_desk import SocketStatusDesk
from kiosk.delivery.sync import Sync
from kiosk.errors import OutboxError, StatusError

ANNOUNCE = ("POST", "/v2/submissions")
COMPLETE = ("PUT", "/v2/submissions/[^/]+")
EVENTS = ("GET", "/v2/submissions/[^/]+/events")


class Journal(logging.Handler):
    """What sync logged, and a way to wait for it."""

    def __init__(self):
        super().__init__()
        self.lines = []
        self.changed = threading.Condition()

    def emit(self, record):
        with self.changed:
            self.lines.append(record.getMessage())
            self.changed.notify_all()

    def count(self, beginning):
        return sum(line.startswith(beginning) for line in self.lines)

    def wait_for(self, beginning, times=1):
        with self.changed:
            assert self.changed.wait_for(lambda: self.count(beginning) >= times, timeout=20), self.lines


@pytest.fixture
def journal():
    heard, log = Journal(), logging.getLogger("kiosk.sync")
    log.addHandler(heard)
    log.setLevel(logging.INFO)
    yield heard
    log.removeHandler(heard)


@pytest.fixture
def stored(config, new_row):
    """Puts rows into the outbox as the terminal would, from a connection of its own."""

    def put(*rows):
        box = Outbox(config.outbox.path)
        for row in rows:
            box.put([row])
        box.close()
        return rows

    return put


def seen(config):
    box = Outbox(config.outbox.path)
    try:
        return {row.id: row for row in box.all_rows()}
    finally:
        box.close()


def play(config, scene):
    """Run sync without waiting between attempts, play `scene` on another thread, end by SIGTERM."""

    async def both():
        sync = Sync(config, chance=lambda: 0.0)
        running = asyncio.create_task(sync.run())
        try:
            await asyncio.to_thread(scene)
        finally:
            if not running.done():
                os.kill(os.getpid(), signal.SIGTERM)
            await running

    asyncio.run(both())


@pytest.mark.parametrize("turns", range(5))
def test_whoever_is_woken_in_the_moment_of_the_end_ends_all_the_same(config, turns):
    async def story():
        sync = Sync(config)
        pump = asyncio.create_task(sync._pump())
        while not sync._woken._waiters:  # until it sleeps
            await asyncio.sleep(0)
        sync._woken.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        pump.cancel()
        await asyncio.wait({pump}, timeout=2)
        ended = pump.cancelled()
        sync._outbox.close()
        return ended

    assert asyncio.run(story())


def test_everything_due_is_delivered(config, service, stored, new_row, journal):
    rows = stored(*(new_row(1) for _ in range(12)))
    play(config, lambda: journal.wait_for("submission delivered", 12))
    assert len(service.arrived) == 12
    assert {row.state for row in seen(config).values()} == {RowState.DELIVERED}
    assert seen(config).keys() == {row.id for row in rows}


def test_one_bad_submission_never_holds_up_the_others(config, service, stored, new_row, journal):
    hopeless = replace(new_row(1), destination_id=uuid4())  # unknown to the service: fails again and again
    stored(hopeless, *(new_row(1) for _ in range(6)))
    service.fails(*COMPLETE, "422")

    def scene():
        journal.wait_for("submission delivered", 5)
        journal.wait_for("delivery failed: DELIV-03")
        journal.wait_for("delivery failed: DELIV-01")

    play(config, scene)
    rows = seen(config)
    assert rows.pop(hopeless.id).state is RowState.SEALED
    assert sorted(row.state for row in rows.values()) == [RowState.DELIVERED] * 5 + [RowState.QUARANTINED]
    assert len(service.arrived) == 5


def test_a_refused_submission_is_quarantined_and_a_technician_can_retry(config, service, stored, new_row, journal):
    (row,) = stored(new_row(1))
    service.fails(*COMPLETE, "422")

    def scene():
        journal.wait_for("delivery failed: DELIV-03")
        desk = SocketStatusDesk(config.delivery.sync_socket)
        assert desk.health().waiting == 1
        assert inspect.as_lines(inspect.listed(config.outbox.path))[0].endswith("DELIV-03")
        assert inspect.retry(config.outbox.path, row.reference) == 1
        desk.wake()
        journal.wait_for("submission delivered")

    play(config, scene)
    assert len(service.arrived) == 1
    assert inspect.retry(config.outbox.path) == 0


def test_a_refused_terminal_stops_the_whole_queue(config, service, stored, new_row, journal):
    stored(*(new_row(0) for _ in range(8)))
    service.fails(*ANNOUNCE, "403", times=4)
    play(config, lambda: journal.wait_for("submission delivered", 8))
    assert journal.count("queue halted") >= 1
    assert len(service.arrived) == 8
    assert {row.last_error for row in seen(config).values()} == {None}


def test_the_outbox_says_why_a_refused_terminals_submissions_wait(config, service, stored, new_row, journal):
    stored(new_row(0))
    service.fails(*ANNOUNCE, "403", times=100)
    play(config, lambda: journal.wait_for("delivery failed: DELIV-02"))
    (row,) = seen(config).values()
    assert (row.state, row.last_error) == (RowState.SEALED, "DELIV-02")
    assert inspect.as_lines([row])[0].endswith("DELIV-02")


def test_saving_wakes_sync(config, service, stored, new_row, journal):
    desk = SocketStatusDesk(config.delivery.sync_socket)

    def scene():
        service.wait_for(lambda: any("/keys/" in path for _, path in service.calls))
        stored(new_row(1))
        desk.wake()
        journal.wait_for("submission delivered")

    play(config, scene)
    assert len(service.arrived) == 1


def test_health_says_online_and_what_waits(config, service, stored, new_row, journal):
    desk = SocketStatusDesk(config.delivery.sync_socket)
    healths = []

    def scene():
        journal.wait_for("submission delivered")
        healths.append(desk.health())

    stored(new_row(1))
    play(config, scene)
    assert (healths[0].online, healths[0].waiting, healths[0].last_error) == (True, 0, None)
    assert not desk.online()  # sync has ended
    desk.wake()
    with pytest.raises(StatusError, match="STATUS-01"):
        desk.health()


def test_the_doctor_tells_a_refused_terminal_from_one_that_is_well(config, service, journal):
    secret = config.delivery.client_secret_file
    right = secret.read_text()
    found = []

    def scene():
        journal.wait_for("not refreshed: DELIV-02")
        found.append(doctor.central(config))
        secret.write_text(right)
        desk = SocketStatusDesk(config.delivery.sync_socket)
        until = time.monotonic() + 30
        while desk.health().last_error and time.monotonic() < until:  # every question costs a round trip
            pass
        found.append(doctor.central(config))

    secret.write_text("another secret")
    play(config, scene)
    assert [finding.state for finding in found] == ["fault", "ok"]
    assert "(DELIV-02)" in found[0].meaning
    assert found[0].remedy == "check client id and secret"
    assert doctor.central(config).meaning == "delivery does not answer"


def test_keys_are_fetched_ahead_and_a_bad_one_never_replaces_a_good_one(config, service, department_public, journal):
    path = config.delivery.keys_dir / f"{service.destination_id}.json"
    play(config, lambda: service.wait_for(lambda: sum("/keys/" in path for _, path in service.calls) >= 2))
    assert json.loads(path.read_text())["kid"] == department_public["kid"]
    service.published = service.published | {"use": "sig"}
    play(config, lambda: journal.wait_for("not refreshed: DELIV-05"))
    assert json.loads(path.read_text())["kid"] == department_public["kid"]
    assert "use" not in json.loads(path.read_text())


# ---- status -----------------------------------------------------------------------------------


def test_each_submission_appears_once_in_the_status(config, service, stored, new_row, journal):
    code = mint_code()
    index = status_index(status_token(code))
    known = replace(new_row(0, status_index=index), reference="C2-2222-222")
    own = replace(new_row(0, status_index=index), reference="C2-3333-333", destination="dog-register")
    stored(known, own)
    service.fails(*ANNOUNCE, "422")  # whichever goes first stays in the outbox
    found = []

    def scene():
        journal.wait_for("submission delivered")
        journal.wait_for("delivery failed")
        service.status[status_token(code)] = [
            {
                "department": "Steuern und Abgaben",
                "state": "accepted",
                "since": "2026-11-23T08:00:00+00:00",
                "phone": "030 23125 001",
                "reference": "C2-2222-222",
            }
        ]
        found.extend(SocketStatusDesk(config.delivery.sync_socket).look_up(code.lower()))

    play(config, scene)
    assert [entry.reference for entry in found] == ["C2-2222-222", "C2-3333-333"]
    assert found[0].state is CaseState.ACCEPTED
    assert found[1].state in (CaseState.RECORDED, CaseState.TRANSMITTED)
    assert found[1].phone == "030 23125 002"


def test_before_central_knows_it_the_outbox_answers(config, service, stored, new_row, journal):
    code = mint_code()
    stored(new_row(0, status_index=status_index(status_token(code))))
    service.fails(*ANNOUNCE, "422")
    states = []

    def scene():
        journal.wait_for("delivery failed")
        states.append(SocketStatusDesk(config.delivery.sync_socket).look_up(code)[0].state)
        service.fails("POST", "/status", "login")
        states.append(SocketStatusDesk(config.delivery.sync_socket).look_up(code)[0].state)

    play(config, scene)
    assert states == [CaseState.RECORDED, CaseState.RECORDED]


def test_an_unknown_code_is_empty_and_guesses_are_slowed(config, service, journal):
    desk = SocketStatusDesk(config.delivery.sync_socket)
    answers = []

    def scene():
        service.wait_for(lambda: bool(service.calls))
        answers.extend(desk.look_up(mint_code()) for _ in range(5))
        with pytest.raises(StatusError, match="STATUS-02"):
            desk.look_up(mint_code())
        assert desk.look_up("nonsense") == ()

    play(config, scene)
    assert answers == [()] * 5


@pytest.mark.parametrize(
    ("how", "code"), [("500", "STATUS-01"), ("login", "STATUS-01"), ("429", "STATUS-02"), ("list", "STATUS-01")]
)
def test_a_status_that_cannot_be_looked_up_says_so(how, code, config, service, journal):
    def scene():
        service.wait_for(lambda: bool(service.calls))
        service.fails("POST", "/status", how)
        with pytest.raises(StatusError, match=code):
            SocketStatusDesk(config.delivery.sync_socket).look_up(mint_code())

    play(config, scene)


# ---- the process ------------------------------------------------------------------------------

PROGRAM = "import sys; from pathlib import Path; from kiosk.config import load_terminal;" + (
    "from kiosk.delivery.sync import run; sys.exit(run(load_terminal(Path(sys.argv[1]))))"
)


@pytest.fixture
def start(config_file):
    """Starts sync as a process of its own; what still runs in the end is killed."""
    processes = []

    def one():
        command = [sys.executable, "-c", PROGRAM, str(config_file)]
        processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE))
        return processes[-1]

    yield one
    for process in processes:
        process.kill()
        process.wait()
        process.stderr.close()


def test_a_process_killed_at_any_call_delivers_everything_exactly_once(config, start, service, stored, new_row):
    """Killed at its first call, then its second …: before the service did it, then after it did."""
    rows, process = [], None

    def kill():
        os.kill(process.pid, signal.SIGKILL)

    for act in ("cut", "swallow"):
        for call in (ANNOUNCE, ("PUT", ".*/attachments/.*"), COMPLETE, EVENTS):
            rows += stored(new_row(1), new_row(1))
            service.fails(*call, act, act=kill)
            process = start()
            assert process.wait(timeout=30) == -signal.SIGKILL
    process = start()
    service.wait_for(lambda: len(service.arrived) == len(rows))
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == b""
    held = sorted(service.contents[submission] for submission in service.arrived)
    assert held == sorted((row.sealed.metadata, row.sealed.data) for row in rows)
    assert not config.delivery.sync_socket.exists()


def test_sigterm_ends_the_process_even_while_the_service_is_silent(start, service, stored, new_row):
    stored(new_row(1))
    asked, released = threading.Event(), threading.Event()

    def hang():
        asked.set()
        released.wait(20)

    service.fails("GET", "/v2/destinations/.*", "act", act=hang)
    process = start()
    assert asked.wait(20)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    released.set()


def test_a_second_sync_is_turned_away(config, start):
    with held_alone(config.outbox.path):
        process = start()
        assert process.wait(timeout=30) != 0
        assert b"another" in process.stderr.read()


def test_a_damaged_outbox_ends_sync_with_its_code(config):
    config.outbox.path.parent.mkdir(parents=True)
    config.outbox.path.write_bytes(b"garbage" * 1000)
    with pytest.raises(OutboxError, match="OUTBOX-02"):
        Sync(config)
