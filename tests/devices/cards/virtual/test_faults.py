"""Every fault does what its name says, and what a terminal makes of it has its own code."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest

from devices.cards.applications import eid, lds
from devices.cards.applications.security_object import parse_security_object
from devices.cards.pki.cms import open_message, verify_signed_data
from devices.cards.pki.csca import CscaStore
from devices.cards.protocols.pace_choice import choose_pace
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.protocols.security_infos import parse_security_infos
from devices.cards.virtual.faults import Fault
from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import Chained, send
from devices.cards.wire.files import read_file, select_application, select_master_file
from kiosk.errors import CardError

CAN, PIN = PasswordKind.CAN, PasswordKind.PIN
SELECT_MASTER_FILE = Command(0x00, 0xA4, 0x00, 0x0C, b"\x3f\x00")
GROUPS = (4, 5)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def read(connection, sfi: int) -> bytes:
    return read_file(connection, sfi=sfi, chunk=223)


def read_names(connection) -> bytes:
    select_application(connection, eid.APPLICATION_ID)
    return read(connection, 4) + read(connection, 5)


def test_a_card_without_fault_is_read(meet):
    assert read_names(meet("erika").prove(groups=GROUPS))


def test_a_card_is_taken_away_when_data_are_read(meet):
    terminal = meet("erika", Fault.REMOVED)
    connection = terminal.prove(groups=GROUPS)
    with pytest.raises(CardError, match="CARD-02"):
        read_names(connection)
    with pytest.raises(CardError, match="CARD-02"):
        send(terminal.card, SELECT_MASTER_FILE)


def test_an_unreadable_card_refuses_everything(make):
    card = make("erika", Fault.UNREADABLE)
    assert card.power_on()
    assert send(card, SELECT_MASTER_FILE)[1] == 0x6F00


def test_a_mute_card_answers_to_reset_and_then_no_more(make):
    card = make("erika", Fault.MUTE)
    assert card.power_on()
    with pytest.raises(CardError, match="CARD-06"):
        send(card, SELECT_MASTER_FILE)


def test_a_card_without_power_answers_nothing(make):
    card = make("erika")
    with pytest.raises(CardError, match="CARD-02"):
        send(card, SELECT_MASTER_FILE)
    card.power_on()
    card.power_off()
    with pytest.raises(CardError, match="CARD-02"):
        send(card, SELECT_MASTER_FILE)


def test_a_changed_answer_is_noticed_and_ends_it(meet):
    terminal = meet("erika", Fault.WRONG_MAC)
    with pytest.raises(CardError, match="CARD-08"):
        terminal.prove(groups=GROUPS)


def test_a_card_without_extended_length_is_read_in_short_parts(meet):
    terminal = meet("erika", Fault.SHORT_APDU)
    assert send(terminal.card, Command(0x00, 0xB0, 0x9C, 0x00, le=4000))[1] == 0x6700
    terminal.line = Chained(terminal.card, extended=False)
    assert read_names(terminal.prove(groups=GROUPS))


def test_of_several_pace_infos_each_works_that_is_known(meet):
    terminal = meet("erika", Fault.SEVERAL_PACE_INFOS)
    known = [info for info in terminal.infos.pace if info.parameter_id != 31]
    assert len(known) < len(terminal.infos.pace)
    for info in known:
        terminal.unlock(CAN, info=info)
        terminal.again()
    assert choose_pace(terminal.infos) in known


def test_of_several_pace_infos_one_that_nobody_knows_is_refused(meet):
    terminal = meet("erika", Fault.SEVERAL_PACE_INFOS)
    unknown = Command(0x00, 0x22, 0xC1, 0xA4, bytes.fromhex("800A04007F00070202040202 830102 84011F"))
    assert send(terminal.card, unknown)[1] == 0x6A80


def test_a_card_from_the_future_refuses_the_terminal(meet):
    with pytest.raises(CardError, match="CARD-13"):
        meet("erika", Fault.EXPIRED_CERTIFICATE).prove(groups=GROUPS)


def test_a_clone_is_found_out(meet):
    with pytest.raises(CardError, match="CARD-09"):
        meet("erika", Fault.CLONE).prove(groups=GROUPS)


def test_another_card_does_not_know_the_keys(meet):
    terminal = meet("erika", Fault.SWAPPED)
    connection = terminal.unlock(CAN).connection
    with pytest.raises(CardError, match="CARD-08"):
        select_master_file(connection)


def test_what_is_announced_is_not_what_was_signed(meet):
    honest, lying = meet("erika"), meet("erika", Fault.HASH_MISMATCH)
    assert len(lying.infos.raw) == len(honest.infos.raw) + 1
    assert honest.infos.raw <= signed_infos(honest).raw
    assert not lying.infos.raw <= signed_infos(lying).raw


def signed_infos(terminal):
    """What EF.CardSecurity says, as chip and signature are honest in this fault."""
    connection = terminal.proven(groups=GROUPS).connection
    select_master_file(connection)
    return parse_security_infos(open_message(read(connection, 0x1D)).content)


def signed_table(connection):
    return parse_security_object(open_message(lds.signed_data(read(connection, 0x1D))).content)


@pytest.mark.parametrize("person", ["wannes", "zofia"])
def test_the_zone_is_not_the_one_that_was_signed(meet, person):
    connection = meet(person, Fault.HASH_MISMATCH).unlock(CAN).connection
    select_application(connection, lds.APPLICATION_ID)
    table = signed_table(connection)
    assert not table.matches(1, read(connection, 1))
    assert table.matches(2, read(connection, 2))


@pytest.mark.parametrize("person", ["wannes", "zofia"])
def test_a_forged_security_object_is_found_out(meet, person):
    connection = meet(person, Fault.FORGED_SOD).unlock(CAN).connection
    select_application(connection, lds.APPLICATION_ID)
    with pytest.raises(CardError, match="CARD-10"):
        signed_table(connection)


def test_a_forged_card_security_is_found_out(meet):
    with pytest.raises(CardError, match="CARD-10"):
        meet("erika", Fault.FORGED_SOD).prove(groups=GROUPS)


@pytest.mark.parametrize("person", ["wannes", "zofia"])
def test_the_signer_of_a_travel_document_has_expired(meet, pki, tmp_path, person):
    pki.write_csca(tmp_path)
    trust = CscaStore(tmp_path)
    for fault, refused in ((None, False), (Fault.EXPIRED_CERTIFICATE, True)):
        connection = meet(person, fault).unlock(CAN).connection
        select_application(connection, lds.APPLICATION_ID)
        message = lds.signed_data(read(connection, 0x1D))
        with pytest.raises(CardError, match="CARD-10") if refused else contextlib.nullcontext():
            verify_signed_data(message, trust, NOON)


def test_two_cards_of_a_person_have_different_keys(make):
    first, second = (make("erika")._data.chip_authentication.private for _ in range(2))
    assert first != second


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("person", ["erika", "chloe", "wannes", "zofia"])
def test_every_fault_can_be_made_with_every_kind_of_card(make, person, fault):
    card = make(person, fault)
    assert card.power_on()[0] == 0x3B
    assert card.fault is fault


def test_the_travel_document_of_a_clone_and_its_original_look_alike(meet):
    original, clone = meet("zofia"), meet("zofia", Fault.CLONE)
    for terminal in (original, clone):
        connection = terminal.unlock(CAN).connection
        select_application(connection, lds.APPLICATION_ID)
        assert parse_security_infos(lds.unwrap(14, read(connection, 14))).chip_authentication_keys
