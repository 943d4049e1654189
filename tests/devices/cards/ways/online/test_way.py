"""The online way from the certificate to the data: our client, over a real WebSocket, and a simulated AusweisApp."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback
from dataclasses import replace
from datetime import date

import pytest

from devices.cards.ways.online.failures import MINOR
from devices.cards.ways.online.replay import ReplayEidServer
from devices.cards.ways.online.sealed_result import EidResult
from devices.cards.ways.online.simulated_session import Provider
from devices.cards.ways.online.way import OnlineSettings, OnlineWay
from kiosk.errors import CardError
from kiosk.identity import Assurance, Attribute, Authenticity, ReadPhase, Secret, Way
from kiosk.online import EnterCan, EnterPin, EnterPuk, InsertCard, OnlineAnswer, RemoveCard, ShowCertificate
from tests.devices.cards.ways.online.conftest import NOW, PERSON, Visit

WRONG = "000000"


def test_a_citizen_with_card_and_pin_is_identified(visit):
    visit.begins(Attribute.FAMILY_NAMES, Attribute.CITY).agrees()
    assert visit.question() == InsertCard()
    visit.app.insert(PERSON)
    visit.types(PERSON.pin)

    identity = visit.outcome()

    assert identity.attributes == {Attribute.FAMILY_NAMES: "Beispiel", Attribute.CITY: "Köln"}
    assert (identity.way, identity.assurance) == (Way.ONLINE, Assurance.HIGH)
    assert (identity.authenticity, identity.read_at) == (Authenticity.VERIFIED, NOW)
    assert identity.expires_on == PERSON.expires_on
    assert visit.question() == RemoveCard()
    assert visit.asked == [
        ShowCertificate("Musterstadt", "Test DVCA", "Antrag am Terminal", date(2026, 12, 1), ("FamilyName", "Address")),
        InsertCard(),
        EnterPin(tries_left=3),
        RemoveCard(),
    ]
    assert visit.phases == [ReadPhase.CONNECTING, ReadPhase.SECURING, ReadPhase.READING]


def test_where_nothing_is_asked_for_identity_alone_is_proven(visit):
    visit.app.insert(PERSON)
    visit.begins().agrees()
    visit.types(PERSON.pin)

    assert visit.outcome().attributes == {}
    assert visit.asked[0].rights == ()


def test_a_wrong_pin_counts_down_and_the_last_try_is_left(visit):
    visit.app.insert(PERSON)
    visit.begins().agrees()

    assert visit.types(WRONG) == EnterPin(tries_left=3)
    assert visit.types(WRONG) == EnterPin(tries_left=2)

    with pytest.raises(CardError) as ended:
        visit.outcome()
    assert (ended.value.code, ended.value.tries_left) == ("CARD-18", 1)
    assert visit.app.insert(PERSON).tries_left == 1


def test_can_and_puk_open_a_card_for_somebody_who_may_spend_the_last_try():
    visit = Visit(spend_last_try=True)
    visit.app.insert(PERSON)
    visit.begins().agrees()

    typed = [WRONG, WRONG, WRONG, PERSON.can, WRONG, PERSON.puk, PERSON.pin]
    questions = [visit.types(text) for text in typed]

    assert questions == [
        EnterPin(3),
        EnterPin(2),
        EnterCan(),
        EnterCan(),
        EnterPin(1),
        EnterPuk(),
        EnterPin(3),
    ]
    assert visit.outcome().authenticity is Authenticity.VERIFIED


def test_a_card_that_is_switched_off_is_named(visit):
    visit.app.insert(PERSON, deactivated=True)
    visit.begins().agrees()

    with pytest.raises(CardError, match="CARD-20"):
        visit.outcome()


def test_an_expired_card_is_named(visit):
    visit.app.insert(replace(PERSON, expires_on=date(2026, 3, 1)))
    visit.begins().agrees()
    visit.types(PERSON.pin)

    with pytest.raises(CardError, match="CARD-05"):
        visit.outcome()


def test_a_card_taken_away_while_the_pin_is_typed_is_asked_for_again(visit):
    visit.app.insert(PERSON)
    visit.begins().agrees()
    assert visit.question() == EnterPin(tries_left=3)

    visit.app.remove()
    assert visit.question() == InsertCard()
    visit.app.insert(PERSON)
    visit.types(PERSON.pin)

    assert visit.outcome().way is Way.ONLINE


def test_a_server_that_fails_is_named():
    visit = Visit(Provider(fails_with=f"{MINOR}/dp#trustedChannelEstablishmentFailed"))
    visit.begins().agrees()

    with pytest.raises(CardError, match="CARD-25"):
        visit.outcome()


def test_a_server_that_has_read_nothing_is_named(visit):
    visit.way = OnlineWay(visit.app.running, ReplayEidServer(lambda: None), OnlineSettings(visit.server.adapter_key))
    visit.app.insert(PERSON)
    visit.begins().agrees()
    visit.types(PERSON.pin)

    with pytest.raises(CardError, match="CARD-25"):
        visit.outcome()


def test_a_card_that_the_server_does_not_believe_gives_no_data(visit):
    server = ReplayEidServer(lambda: EidResult(PERSON.attributes, False, NOW))
    visit.way = OnlineWay(visit.app.running, server, OnlineSettings(server.adapter_key))
    visit.app.insert(PERSON)
    visit.begins().agrees()
    visit.types(PERSON.pin)

    with pytest.raises(CardError, match="CARD-09"):
        visit.outcome()


@pytest.mark.parametrize("laid", [True, False], ids=["at the PIN", "before the card"])
def test_a_citizen_who_turns_away_ends_it_soon(visit, laid):
    if laid:
        visit.app.insert(PERSON)
    visit.begins().agrees()
    visit.question()

    visit.way.abandon()

    with pytest.raises(CardError, match="CARD-26"):
        visit.outcome()


def test_what_comes_too_late_does_not_reach_the_next_citizen(visit):
    visit.app.insert(PERSON)
    visit.begins().agrees()
    visit.types(PERSON.pin)
    visit.outcome()
    assert visit.question() == RemoveCard()

    visit.way.abandon()
    visit.way.answer(OnlineAnswer(Secret(PERSON.pin)))
    visit.begins()

    assert isinstance(visit.question(), ShowCertificate)


def test_a_terminal_that_never_goes_this_way_loads_nothing_for_it():
    heavy = "{'websockets', 'jwcrypto', 'cryptography'} & sys.modules.keys()"
    program = f"import sys, devices.cards.ways.online.way, devices.cards.ways.online.process; print(len({heavy}))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "0"


def test_pin_and_can_are_in_no_log_no_repr_and_no_traceback(caplog):
    for name in ("kiosk.cards", "websockets"):
        caplog.set_level(logging.DEBUG, logger=name)
    visit = Visit(spend_last_try=True)
    visit.app.insert(PERSON)
    visit.begins(*Attribute).agrees()
    for text in (WRONG, WRONG, PERSON.can, PERSON.pin):
        visit.types(text)
    identity = visit.outcome()

    everything = "\n".join([caplog.text, repr(identity), repr(visit.asked), repr(vars(visit.way))])

    assert not [text for text in (PERSON.pin, PERSON.can, "Beispiel", "Köln") if text in everything]


def test_digits_are_in_no_traceback(visit):
    visit.app.insert(PERSON)
    visit.begins().agrees()
    visit.types(WRONG)
    visit.types(PERSON.can)

    with pytest.raises(CardError) as ended:
        visit.outcome()

    assert PERSON.can not in "".join(traceback.format_exception(ended.value))
