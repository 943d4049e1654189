"""Every message of AusweisApp's SDK, and whatever else may come."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.ways.online import messages as sdk
from devices.cards.ways.online.parsing import MESSAGE_LIMIT_CHARS, parse
from kiosk.errors import CardError

# What AusweisApp2 1.26.2 said, word by word; certificate, rights and pause as its SDK's documentation shows them.
CARD = '{"deactivated":false,"inoperative":false,"retryCounter":3}'
READER = f'{{"attached":true,"card":{CARD},"insertable":true,"keypad":true,"name":"Simulator"}}'
SIMULATOR = sdk.Reader("Simulator", True, True, True, sdk.Card(tries_left=3))
MINOR = "http://www.bsi.bund.de/ecard/api/1.1/resultminor/dp#trustedChannelEstablishmentFailed"
MAJOR = "http://www.bsi.bund.de/ecard/api/1.1/resultmajor#error"
SAID = [
    (f'{{"msg":"READER",{READER[1:]}', SIMULATOR),
    ('{"attached":false,"msg":"READER","name":"foo"}', sdk.Reader("foo", attached=False)),
    ('{"attached":true,"card":{},"keypad":false,"msg":"READER","name":"foo"}', sdk.Reader("foo")),
    (f'{{"msg":"READER_LIST","readers":[{READER}]}}', sdk.ReaderList((SIMULATOR,))),
    (
        '{"VersionInfo":{"Implementation-Title":"AusweisApp2","Implementation-Version":"1.26.2",'
        '"Name":"AusweisApp2"},"msg":"INFO"}',
        sdk.Info("AusweisApp2", "1.26.2"),
    ),
    ('{"available":[1,2],"current":2,"msg":"API_LEVEL"}', sdk.ApiLevel(2, (1, 2))),
    ('{"current":2,"error":"Unknown level","msg":"API_LEVEL"}', sdk.ApiLevel(2, error="Unknown level")),
    ('{"msg":"STATUS","progress":null,"state":null,"workflow":null}', sdk.Status()),
    ('{"msg":"STATUS","progress":80,"state":null,"workflow":"AUTH"}', sdk.Status("AUTH", 80)),
    ('{"error":"BOGUS","msg":"UNKNOWN_COMMAND"}', sdk.UnknownCommand("BOGUS")),
    ('{"error":"illegal value (offset: 1)","msg":"INVALID"}', sdk.Invalid()),
    ('{"error":"Unexpected condition","msg":"INTERNAL_ERROR"}', sdk.InternalError()),
    ('{"error":"SET_PIN","msg":"BAD_STATE"}', sdk.BadState("SET_PIN")),
    ('{"msg":"AUTH"}', sdk.Auth()),
    ('{"error":"Validation of tcTokenURL failed","msg":"AUTH"}', sdk.Auth("Validation of tcTokenURL failed")),
    (
        f'{{"msg":"AUTH","result":{{"language":"en","major":"{MAJOR}","message":"…","minor":"{MINOR}"}}}}',
        sdk.Auth(result=sdk.Result(MAJOR, MINOR)),
    ),
    ('{"msg":"CHANGE_PIN"}', sdk.ChangePin()),
    ('{"msg":"CHANGE_PIN","success":true}', sdk.ChangePin(True)),
    ('{"msg":"CHANGE_PIN","success":false,"reason":"Card_Removed"}', sdk.ChangePin(False, "Card_Removed")),
    (
        '{"msg":"ACCESS_RIGHTS","chat":{"effective":["Address"],"optional":["Address","CanAllowed"],"required":[]},'
        '"transactionInfo":"this is an example","aux":{"requiredAge":"18"}}',
        sdk.AccessRights(("Address",), ("Address", "CanAllowed"), (), "this is an example"),
    ),
    (
        '{"msg":"CERTIFICATE","description":{"issuerName":"Test DVCA","issuerUrl":"https://dvca.example",'
        '"subjectName":"Musterstadt","subjectUrl":"https://stadt.example","termsOfUsage":"Zweck","purpose":"Antrag"},'
        '"validity":{"effectiveDate":"2016-07-31","expirationDate":"2016-08-30"}}',
        sdk.Certificate(
            subject="Musterstadt",
            issuer="Test DVCA",
            purpose="Antrag",
            subject_url="https://stadt.example",
            issuer_url="https://dvca.example",
            terms="Zweck",
            valid_from=date(2016, 7, 31),
            valid_until=date(2016, 8, 30),
        ),
    ),
    ('{"msg":"INSERT_CARD"}', sdk.InsertCard()),
    (f'{{"msg":"ENTER_PIN","reader":{READER}}}', sdk.EnterPin(SIMULATOR)),
    (f'{{"msg":"ENTER_NEW_PIN","reader":{READER}}}', sdk.EnterNewPin(SIMULATOR)),
    (
        f'{{"msg":"ENTER_CAN","reader":{READER},"error":"You must provide 6 digits"}}',
        sdk.EnterCan(SIMULATOR, "You must provide 6 digits"),
    ),
    (f'{{"msg":"ENTER_PUK","reader":{READER}}}', sdk.EnterPuk(SIMULATOR)),
    ('{"msg":"PAUSE","cause":"BadCardPosition"}', sdk.Unknown("PAUSE")),
]


@pytest.mark.parametrize(("frame", "message"), SAID, ids=[frame[:60] for frame, _ in SAID])
def test_what_ausweisapp_says_is_understood(frame, message):
    assert parse(frame) == message


@pytest.mark.parametrize("counter", [-1, 4, 2**40])
def test_a_counter_no_card_has_is_not_known(counter):
    frame = {"msg": "READER", "name": "foo", "card": {"retryCounter": counter}}

    assert parse(json.dumps(frame)) == sdk.Reader("foo", card=sdk.Card())


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "nonsense",
        "[]",
        "null",
        "{}",
        '{"msg":null}',
        '{"msg":["AUTH"]}',
        '{"msg":"API_LEVEL"}',
        '{"msg":"API_LEVEL","current":true}',
        '{"msg":"ENTER_PIN"}',
        '{"msg":"ENTER_PIN","reader":{"name":7}}',
        '{"msg":"READER","name":"foo","keypad":"yes"}',
        '{"msg":"READER","name":"foo","card":[]}',
        '{"msg":"READER","name":"foo","card":{"retryCounter":"3"}}',
        '{"msg":"READER_LIST","readers":{}}',
        '{"msg":"READER_LIST","readers":[1]}',
        '{"msg":"ACCESS_RIGHTS"}',
        '{"msg":"ACCESS_RIGHTS","chat":{"effective":[1]}}',
        '{"msg":"CERTIFICATE","description":{},"validity":{}}',
        '{"msg":"AUTH","result":{}}',
        '{"msg":"AUTH","result":"ok"}',
        '{"msg":"STATUS","progress":1.5}',
        "[" * 100_000,
        '{"msg":' + "9" * 10_000 + "}",
        '{"msg":"AUTH","url":"' + "x" * MESSAGE_LIMIT_CHARS + '"}',
    ],
    ids=lambda frame: frame[:50],
)
def test_what_is_no_message_is_refused(frame):
    with pytest.raises(CardError) as refused:
        parse(frame)

    assert refused.value.code == "CARD-07"


NAMES = [json.loads(frame)["msg"] for frame, _ in SAID]
KEYS = sorted({key for frame, _ in SAID for key in json.loads(frame)} | {"card", "name", "retryCounter", "effective"})
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(NAMES), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6))
def test_no_object_brings_down_the_parser(name, fields):
    _parsed_or_refused(json.dumps({**fields, "msg": name}))


@given(st.text() | st.sampled_from([frame for frame, _ in SAID]).flatmap(lambda frame: _damaged(frame)))
def test_no_text_brings_down_the_parser(text):
    _parsed_or_refused(text)


def test_what_may_name_somebody_is_in_no_repr():
    frame = '{"msg":"ACCESS_RIGHTS","chat":{},"transactionInfo":"Erika Mustermann"}'
    end = f'{{"msg":"AUTH","result":{{"major":"{MAJOR}"}},"url":"https://eid.example/erika"}}'

    assert "Erika" not in repr(parse(frame))
    assert "erika" not in repr(parse(end))


def _damaged(frame: str) -> st.SearchStrategy[str]:
    """The frame with one stretch of it replaced."""
    places = st.tuples(st.integers(0, len(frame)), st.integers(0, 5), st.text(max_size=5))
    return places.map(lambda place: frame[: place[0]] + place[2] + frame[place[0] + place[1] :])


def _parsed_or_refused(text: str) -> None:
    try:
        parse(text)
    except CardError as error:
        refused_with = error.code
    else:
        return
    assert refused_with == "CARD-07"
