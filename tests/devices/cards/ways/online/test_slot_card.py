"""The online way with the very card that lies in a slot: PACE with what is typed, and the data groups it then shows."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from devices.cards.people import load_people
from devices.cards.pki.making import make_specimen_pki
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.slot import VirtualSlot
from devices.cards.ways.configured import load_certificates
from devices.cards.ways.online.shared_slot import SharedSlot
from devices.cards.ways.online.slot_card import SlotCard
from kiosk.errors import CardError
from kiosk.identity import Attribute, Authenticity
from kiosk.online import EnterCan, EnterPin, InsertCard, RemoveCard
from tests.devices.cards.ways.online.conftest import Visit

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 9, 15, tzinfo=UTC)
PKI = make_specimen_pki(TODAY)
PEOPLE = load_people()
ERIKA = PEOPLE["erika"]
WRONG = "000000"


@pytest.fixture
def known(tmp_path):
    PKI.write_terminal(tmp_path / "eac")
    PKI.write_csca(tmp_path / "csca")
    return load_certificates(tmp_path / "eac", tmp_path / "csca")


@pytest.fixture
def slot():
    place = VirtualSlot(wait=lambda seconds: None, today=lambda: TODAY, pki=lambda: PKI)
    yield place
    place.close()


@pytest.fixture
def visit(slot, known):
    visit = Visit(now=lambda: NOW)
    shared = SharedSlot(slot)
    shared.watch(lambda present: None)
    shared.share(lambda present: visit.app.lay(SlotCard(slot, known, lambda: NOW) if present else None))
    return visit


def test_what_the_card_shows_after_the_right_pin_is_read(visit, slot):
    visit.begins(*Attribute).agrees()
    assert visit.question() == InsertCard()
    slot.insert("erika")
    assert visit.types(ERIKA.pin) == EnterPin(tries_left=3)

    identity = visit.outcome()

    assert visit.question() == RemoveCard()
    assert {name: text for name, text in identity.attributes.items() if text} == {
        name: text for name, text in ERIKA.attributes.items() if text
    }
    assert (identity.authenticity, identity.expires_on) == (Authenticity.VERIFIED, ERIKA.expires_on)


def test_a_wrong_pin_is_counted_by_the_card_itself(visit, slot, known):
    slot.insert("erika")
    visit.begins().agrees()
    assert visit.types(WRONG) == EnterPin(tries_left=3)
    assert visit.types(WRONG) == EnterPin(tries_left=2)
    with pytest.raises(CardError) as ended:
        visit.outcome()

    assert (ended.value.code, ended.value.tries_left) == ("CARD-18", 1)
    card = SlotCard(slot, known)
    assert card.state().tries_left == 1
    card.leave()


def test_the_can_opens_the_last_try_and_the_right_pin_sets_the_counter_back(slot, known):
    visit = Visit(now=lambda: NOW, spend_last_try=True)
    slot.insert("erika", Fault.PIN_SUSPENDED)
    visit.app.lay(SlotCard(slot, known, lambda: NOW))
    visit.begins().agrees()
    typed = [WRONG, ERIKA.can, ERIKA.pin]

    assert [visit.types(text) for text in typed] == [EnterCan(), EnterCan(), EnterPin(1)]
    assert visit.outcome().authenticity is Authenticity.VERIFIED


def test_a_blocked_pin_is_opened_with_the_puk(slot, known):
    slot.insert("erika")
    card = SlotCard(slot, known)
    card.state()
    for digits in (WRONG, WRONG):
        card.enter(PasswordKind.PIN, digits)
    card.enter(PasswordKind.CAN, ERIKA.can)
    card.enter(PasswordKind.PIN, WRONG)
    assert card.state().asks() == "ENTER_PUK"
    card.enter(PasswordKind.PUK, ERIKA.puk)
    assert card.state().asks() == "ENTER_PIN"
    card.leave()


def test_a_card_whose_online_function_is_off_is_named(visit, slot):
    slot.insert("erika", Fault.DEACTIVATED)
    visit.begins().agrees()
    with pytest.raises(CardError, match="CARD-20"):
        visit.outcome()


@pytest.mark.parametrize("fault", [Fault.CLONE, Fault.FORGED_SOD])
def test_a_card_that_is_not_genuine_gives_no_data(visit, slot, fault):
    slot.insert("erika", fault)
    visit.begins(*Attribute).agrees()
    visit.types(ERIKA.pin)
    with pytest.raises(CardError, match="CARD-09"):
        visit.outcome()


def test_a_card_taken_away_while_it_is_read_is_named(visit, slot):
    slot.insert("erika", Fault.REMOVED)
    visit.begins(*Attribute).agrees()
    visit.types(ERIKA.pin)
    with pytest.raises(CardError, match="CARD-02"):
        visit.outcome()


@pytest.mark.parametrize("person", ["wannes", "zofia"])
def test_a_card_without_an_online_function_is_no_card_here(visit, slot, person):
    slot.insert(person)
    visit.begins().agrees()
    assert visit.question() == InsertCard()
    slot.insert("erika")
    assert visit.types(ERIKA.pin) == EnterPin(tries_left=3)
    visit.outcome()


def test_afterwards_the_card_is_let_go(visit, slot, known):
    slot.insert("erika")
    visit.begins().agrees()
    visit.types(ERIKA.pin)
    visit.outcome()
    channel = slot.connect()
    assert channel.transmit(bytes.fromhex("00A4000C023F00"))[1] == 0x9000
    channel.close()
