"""Every command as AusweisApp's SDK wants it."""

from __future__ import annotations

import json
import typing

import pytest

from devices.cards.ways.online import commands as say
from kiosk.identity import Secret

DIGITS = "481516"
SAID = [
    (say.GetInfo(), {"cmd": "GET_INFO"}),
    (say.GetApiLevel(), {"cmd": "GET_API_LEVEL"}),
    (say.SetApiLevel(2), {"cmd": "SET_API_LEVEL", "level": 2}),
    (say.GetStatus(), {"cmd": "GET_STATUS"}),
    (say.GetReader("foo"), {"cmd": "GET_READER", "name": "foo"}),
    (say.GetReaderList(), {"cmd": "GET_READER_LIST"}),
    (
        say.RunAuth("https://eid.example/t", True, False),
        {"cmd": "RUN_AUTH", "tcTokenURL": "https://eid.example/t", "developerMode": True, "status": False},
    ),
    (say.RunChangePin(), {"cmd": "RUN_CHANGE_PIN", "status": True}),
    (say.GetAccessRights(), {"cmd": "GET_ACCESS_RIGHTS"}),
    (say.SetAccessRights(("Address",)), {"cmd": "SET_ACCESS_RIGHTS", "chat": ["Address"]}),
    (say.GetCertificate(), {"cmd": "GET_CERTIFICATE"}),
    (say.Accept(), {"cmd": "ACCEPT"}),
    (say.Cancel(), {"cmd": "CANCEL"}),
    (say.SetPin(Secret(DIGITS)), {"cmd": "SET_PIN", "value": DIGITS}),
    (say.SetPin(), {"cmd": "SET_PIN"}),
    (say.SetNewPin(Secret(DIGITS)), {"cmd": "SET_NEW_PIN", "value": DIGITS}),
    (say.SetCan(Secret(DIGITS)), {"cmd": "SET_CAN", "value": DIGITS}),
    (say.SetPuk(Secret(DIGITS)), {"cmd": "SET_PUK", "value": DIGITS}),
    (say.SetCard("Simulator"), {"cmd": "SET_CARD", "name": "Simulator"}),
]


@pytest.mark.parametrize(("command", "frame"), SAID, ids=[frame["cmd"] for _, frame in SAID])
def test_a_command_is_said_as_the_sdk_wants_it(command, frame):
    assert json.loads(say.format(command)) == frame


def test_none_is_left_out():
    assert {type(command) for command, _ in SAID} == set(typing.get_args(say.Command)) == set(say.NAMES)


@pytest.mark.parametrize("kind", [say.SetPin, say.SetNewPin, say.SetCan, say.SetPuk])
def test_no_command_shows_its_secret(kind):
    assert DIGITS not in repr(kind(Secret(DIGITS)))
