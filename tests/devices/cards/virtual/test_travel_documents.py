"""The virtual passport and the virtual identity card of another EU state, read by the raw protocols."""

from __future__ import annotations

import pytest

from devices.cards.applications import lds
from devices.cards.applications.face import ImageFormat, parse_dg2
from devices.cards.applications.security_object import parse_security_object
from devices.cards.people import printed_zone
from devices.cards.pki.cms import open_message
from devices.cards.protocols.active_authentication import parse_verification_key, run_active_authentication
from devices.cards.protocols.bac import run_bac
from devices.cards.protocols.chip_authentication import choose_chip_authentication, run_chip_authentication_v1
from devices.cards.protocols.oids import Mapping
from devices.cards.protocols.pace import check_chip_mapping
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.protocols.randomness import draw_key
from devices.cards.protocols.security_infos import parse_security_infos
from devices.cards.virtual.faults import Fault
from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import Connection, send
from devices.cards.wire.files import read_file, select_application
from kiosk.errors import CardError
from kiosk.identity import Secret

CAN, MRZ = PasswordKind.CAN, PasswordKind.MRZ
PASSPORT, IDENTITY_CARD = "zofia", "wannes"


def read(connection: Connection, sfi: int) -> bytes:
    return read_file(connection, sfi=sfi, chunk=223)


def opened(connection: Connection) -> Connection:
    select_application(connection, lds.APPLICATION_ID)
    return connection


@pytest.mark.parametrize("person", [PASSPORT, IDENTITY_CARD])
@pytest.mark.parametrize("kind", [CAN, MRZ])
def test_what_is_printed_opens_the_document(meet, person, kind):
    terminal = meet(person)
    connection = opened(terminal.unlock(kind).connection)
    assert lds.parse_dg1(read(connection, 1)).document_number == terminal.person.document_number


def test_a_passport_opens_to_basic_access_control(meet):
    terminal = meet(PASSPORT)
    opened(terminal.card)
    connection = run_bac(terminal.card, Secret(printed_zone(terminal.person).information))
    assert lds.parse_dg1(read(connection, 1)).document_number == terminal.person.document_number


def test_a_wrong_zone_opens_nothing(meet):
    terminal = meet(PASSPORT)
    opened(terminal.card)
    with pytest.raises(CardError, match="CARD-28"):
        run_bac(terminal.card, Secret("X" * 24))
    assert send(terminal.card, Command(0x00, 0xB0, 0x81, 0x00, le=4))[1] == 0x6982


def test_an_identity_card_does_not_know_basic_access_control(meet):
    terminal = meet(IDENTITY_CARD)
    with pytest.raises(CardError):
        run_bac(opened(terminal.card), Secret(printed_zone(terminal.person).information))


@pytest.mark.parametrize(
    ("person", "groups"), [(PASSPORT, (1, 2, 11, 12, 14, 15)), (IDENTITY_CARD, (1, 2, 11, 12, 14))]
)
def test_the_index_lists_what_is_there_and_every_group_is_the_one_that_was_signed(meet, person, groups):
    connection = opened(meet(person).unlock(CAN).connection)
    assert lds.parse_com(read(connection, 0x1E)).groups == groups
    signed = parse_security_object(open_message(lds.signed_data(read(connection, 0x1D))).content)
    assert all(signed.matches(group, read(connection, group)) for group in groups)


@pytest.mark.parametrize(("person", "kind"), [(PASSPORT, ImageFormat.JPEG_2000), (IDENTITY_CARD, ImageFormat.JPEG)])
def test_there_is_a_face(meet, person, kind):
    connection = opened(meet(person).unlock(CAN).connection)
    assert parse_dg2(read(connection, 2)).format is kind


def chip_authenticated(terminal) -> Connection:
    connection = opened(terminal.unlock(CAN).connection)
    choice = choose_chip_authentication(parse_security_infos(lds.unwrap(14, read(connection, 14))), 1)
    return run_chip_authentication_v1(connection, choice, draw_key(choice.key.group))


@pytest.mark.parametrize("person", [PASSPORT, IDENTITY_CARD])
def test_the_chip_proves_that_it_is_genuine_and_is_read_on(meet, person):
    connection = chip_authenticated(meet(person))
    assert lds.parse_dg1(read(connection, 1)).document_number


@pytest.mark.parametrize("person", [PASSPORT, IDENTITY_CARD])
def test_a_clone_does_not_prove_it(meet, person):
    with pytest.raises(CardError, match="CARD-09"):
        chip_authenticated(meet(person, Fault.CLONE))


def test_chip_authentication_needs_an_unlocked_document(meet):
    terminal = meet(PASSPORT)
    chosen = Command(0x00, 0x22, 0x41, 0xA4, bytes.fromhex("800A04007F00070202030202"))
    assert send(terminal.card, chosen)[1] == 0x6982


def actively_authenticate(terminal) -> None:
    connection = opened(terminal.unlock(CAN).connection)
    infos = parse_security_infos(lds.unwrap(14, read(connection, 14)))
    key = parse_verification_key(lds.unwrap(15, read(connection, 15)), infos.active_authentication)
    run_active_authentication(connection, key)


def test_a_passport_signs_a_challenge(meet):
    actively_authenticate(meet(PASSPORT))


def test_a_clone_signs_with_another_key(meet):
    with pytest.raises(CardError, match="CARD-09"):
        actively_authenticate(meet(PASSPORT, Fault.CLONE))


def test_a_locked_passport_signs_nothing(meet):
    assert send(meet(PASSPORT).card, Command(0x00, 0x88, 0x00, 0x00, bytes(8), le=256))[1] == 0x6982


def test_an_identity_card_does_not_sign(meet):
    connection = opened(meet(IDENTITY_CARD).unlock(CAN).connection)
    assert send(connection, Command(0x00, 0x88, 0x00, 0x00, bytes(8), le=256))[1] == 0x6D00


def mapped(terminal) -> None:
    assert terminal.info.protocol.mapping is Mapping.CHIP_AUTHENTICATION
    outcome = terminal.unlock(CAN)
    security = parse_security_infos(open_message(read_file(outcome.connection, fid=0x011D, chunk=223)).content)
    check_chip_mapping(outcome, security.chip_authentication_keys[0])


def test_an_identity_card_proves_it_while_it_is_unlocked(meet):
    mapped(meet(IDENTITY_CARD))


def test_a_clone_is_found_out_while_it_is_unlocked(meet):
    with pytest.raises(CardError, match="CARD-09"):
        mapped(meet(IDENTITY_CARD, Fault.CLONE))


def test_only_the_identity_card_lists_its_application(meet):
    index = Command(0x00, 0xA4, 0x02, 0x0C, b"\x2f\x00")
    assert send(meet(IDENTITY_CARD).card, index)[1] == 0x9000
    assert send(meet(PASSPORT).card, index)[1] == 0x6A82


def test_the_details_keep_the_letters_the_zone_cannot_have(meet):
    details = lds.parse_dg11(read(opened(meet(PASSPORT).unlock(CAN).connection), 11))
    assert (details.family_names, details.date_of_birth) == ("Przykładowska-Wzór", "1979-09-30")
