"""The local socket takes any line and stays up; its client takes any answer and says so."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.application import CaseState, StatusEntry
from kiosk.delivery import socket_desk
from kiosk.delivery.lookup import WRONG_AT_ONCE, WRONG_EVERY_S, Guesses, merge, read_entries, to_json
from kiosk.delivery.reference import mint_code
from kiosk.delivery.status_desk import SocketStatusDesk
from kiosk.errors import StatusError

GOOD = {
    "department": "Steuern",
    "state": "arrived",
    "since": "2026-11-22T10:00:00+00:00",
    "phone": "030 23125 001",
    "reference": "C2-2222-222",
}


async def ask(path, *lines):
    """The answers to raw lines, one connection."""
    reader, writer = await asyncio.open_unix_connection(path)
    answers = []
    for line in lines:
        writer.write(line)
        await writer.drain()
        answers.append(await reader.readline())
    writer.close()
    return answers


def test_bad_lines_are_answered_or_cut_off_and_the_next_one_is_served(tmp_path):
    path = tmp_path / "sync.sock"
    path.write_text("left over by a killed process")

    async def respond(question):
        return {"asked": question.get("op")}

    async def scene():
        server = await socket_desk.serve(path, respond)
        answers = await ask(path, b"{\n", b"[]\n", b"\xff\xfe\n", b"[" * 3000 + b"\n", b'{"op": "health"}\n')
        too_long = await ask(path, b"x" * 10_000 + b"\n")
        after = await ask(path, b'{"op": "wake"}\n')
        server.close()
        return answers, too_long, after

    answers, too_long, after = asyncio.run(scene())
    assert [json.loads(line)["asked"] for line in answers] == [None, None, None, None, "health"]
    assert too_long == [b""]
    assert json.loads(after[0])["asked"] == "wake"


@pytest.fixture
def answering(tmp_path):
    """A desk whose sync answers every question with given bytes."""
    path = tmp_path / "sync.sock"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()

    def desk(answer):
        def serve():
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):  # a desk that has read enough hangs up
                connection.recv(4096)
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return SocketStatusDesk(path)

    yield desk
    listener.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\n",
        b"{}\n",
        b"[]\n",
        b'{"entries": 7}\n',
        b'{"entries": [{}]}\n',
        b'{"entries": [7]}\n',
        b'{"error": "STATUS-01"}\n',
        b'{"error": ["x"]}\n',
        b"\xff\n",
        b"[" * 100_000 + b"\n",
        b"x" * 300_000,
        json.dumps({"entries": [GOOD | {"state": "eaten"}]}).encode() + b"\n",
        json.dumps({"entries": [GOOD | {"since": "2026-11-22T10:00:00"}]}).encode() + b"\n",
        json.dumps({"entries": [GOOD | {"phone": "0" * 1000}]}).encode() + b"\n",
        json.dumps({"entries": [GOOD] * 100}).encode() + b"\n",
    ],
)
def test_a_wrong_answer_is_a_status_error(answer, answering):
    with pytest.raises(StatusError, match="STATUS-01"):
        answering(answer).look_up(mint_code())


def test_a_wrong_health_is_a_status_error(answering):
    with pytest.raises(StatusError, match="STATUS-01"):
        answering(b'{"online": true, "waiting": "many", "last_error": null}\n').health()
    assert answering(b'{"online": 1, "waiting": 0, "last_error": null}\n').online() is False


def test_a_good_answer_is_read(answering):
    [entry] = answering(json.dumps({"entries": [GOOD]}).encode() + b"\n").look_up(mint_code())
    assert (entry.department, entry.state, entry.reference) == ("Steuern", CaseState.ARRIVED, "C2-2222-222")
    assert to_json(entry) == GOOD


# ---- merging and slowing ----------------------------------------------------------------------

references = st.lists(st.sampled_from(["C2-A", "C2-C", "C2-D", "C2-E"]), unique=True)


@given(references, references)
def test_every_reference_appears_once_and_centrals_word_counts(central, own):
    def entries(names, state):
        return tuple(StatusEntry("", state, read_entries({"entries": [GOOD]})[0].since, "", name) for name in names)

    merged = merge(entries(central, CaseState.ARRIVED), entries(own, CaseState.RECORDED))
    assert {entry.reference: entry.state for entry in merged} == dict.fromkeys(own, CaseState.RECORDED) | dict.fromkeys(
        central, CaseState.ARRIVED
    )
    assert len(merged) == len({*central, *own})


def test_guesses_come_back_one_by_one():
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    for _ in range(WRONG_AT_ONCE):
        guesses.check()
        guesses.wrong()
    for wait in (0.0, WRONG_EVERY_S / 2):
        now[0] += wait
        with pytest.raises(StatusError, match="STATUS-02"):
            guesses.check()
    now[0] += WRONG_EVERY_S / 2
    guesses.check()
    guesses.wrong()
    with pytest.raises(StatusError, match="STATUS-02"):
        guesses.check()
