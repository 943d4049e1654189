"""What a virtual card shows to everybody, and to AusweisApp, which reads in its own way."""

from __future__ import annotations

import pytest

from devices.cards.applications import eid, lds
from devices.cards.crypto.groups import named_curve
from devices.cards.pki.chat import chat_for
from devices.cards.pki.making import make_specimen_pki
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.protocols.randomness import draw_key
from devices.cards.protocols.security_infos import parse_security_infos
from devices.cards.protocols.terminal_authentication import TerminalProof, authenticate_terminal
from devices.cards.virtual.chip_data import answer_to_reset
from devices.cards.virtual.faults import Fault
from devices.cards.wire import tlv
from devices.cards.wire.apdu import Command
from devices.cards.wire.connection import Connection, expect, send
from devices.cards.wire.files import select_application, select_master_file
from kiosk.errors import CardError

CAN, PIN = PasswordKind.CAN, PasswordKind.PIN
# EF.DIR of German identity cards as the BSI's card information file has it.
GERMAN_INDEX = bytes.fromhex(
    "61324F0FE828BD080FA000000167455349474E500F434941207A752044462E655369676E5100730C4F0AA000000167455349474E"
    "61094F07A0000002471001610B4F09E80704007F00070302610C4F0AA000000167455349474E"
)


def read_to_the_end(connection: Connection, fid: bytes) -> bytes:
    """As AusweisApp does: 255 bytes at a time, until the card says that the file ends."""
    expect(connection, Command(0x00, 0xA4, 0x02, 0x0C, fid))
    content, status = b"", 0x9000
    while status == 0x9000:
        offset = len(content)
        data, status = send(connection, Command(0x00, 0xB0, offset >> 8, offset & 0xFF, le=0xFF))
        content += data
    assert status == 0x6282
    return content


def test_the_answer_to_reset_is_that_of_a_german_identity_card(make):
    assert make("erika").power_on() == bytes.fromhex("3B8A80018031F873F741E082900075")


@pytest.mark.parametrize("person", ["erika", "chloe", "wannes", "zofia"])
def test_the_check_byte_of_the_answer_to_reset_is_right(make, person):
    check = 0
    for byte in make(person).power_on()[1:]:
        check ^= byte
    assert check == 0


def test_an_answer_to_reset_says_how_many_historical_bytes_there_are():
    assert answer_to_reset(b"") == bytes.fromhex("3B80800101")


def test_the_index_of_an_identity_card_is_the_one_ausweisapp_looks_for(meet):
    card = meet("erika").card
    assert read_to_the_end(card, b"\x2f\x00") == GERMAN_INDEX
    expect(card, Command(0x00, 0xA4, 0x02, 0x0C, b"\x2f\x00"))
    assert expect(card, Command(0x00, 0xB0, 0x00, 0x00, le=0x5A)) == GERMAN_INDEX


def test_a_unionsbuergerkarte_lists_the_eid_application_alone(meet):
    index = read_to_the_end(meet("chloe").card, b"\x2f\x00")
    assert [tlv.need(entry.value, 0x4F) for entry in tlv.parse(index)] == [eid.APPLICATION_ID]


def test_an_identity_card_of_another_state_lists_its_travel_document(meet):
    index = read_to_the_end(meet("wannes").card, b"\x2f\x00")
    assert [tlv.need(entry.value, 0x4F) for entry in tlv.parse(index)] == [lds.APPLICATION_ID]


def test_a_card_announces_itself_to_who_reads_to_the_end(meet):
    terminal = meet("erika")
    infos = parse_security_infos(read_to_the_end(terminal.card, b"\x01\x1c"))
    assert infos == terminal.infos
    assert infos.terminal_authentication_versions == (2,)
    assert [info.version for info in infos.chip_authentication] == [2]
    assert infos.chip_authentication_keys == ()


def test_ausweisapp_changes_a_suspended_pin(meet):
    """PACE with the CAN, PACE with the PIN in its channel, the new PIN; then a command that ends the channel."""
    terminal = meet("erika", Fault.PIN_SUSPENDED)
    with_can = terminal.unlock(CAN).connection
    with_pin = terminal.unlock(PIN, within=with_can, spend_last_try=True).connection
    expect(with_pin, Command(0x00, 0x2C, 0x02, 0x03, b"424242"))
    assert send(terminal.card, Command(0x00, 0x22, 0xE1, 0x01))[1] == 0x6A86
    terminal.unlock(PIN, "424242")


def test_a_link_certificate_brings_a_new_anchor_that_the_card_keeps(meet, pki):
    terminal = meet("erika")
    terminal.card._memory.anchors = pki.anchors()[1:]
    for certificates in ((pki.link(), *pki.chain()), pki.chain()):
        outcome = terminal.unlock(CAN, chat=chat_for((4,), can_allowed=True))
        assert certificates[0].car in outcome.cars
        proof = TerminalProof(outcome.id_picc, draw_key(named_curve("brainpoolP256r1")))
        authenticate_terminal(outcome.connection, certificates, pki.signer, proof)
        terminal.again()
    assert outcome.cars == tuple(anchor.chr for anchor in pki.anchors())


def test_the_date_of_the_card_follows_the_certificates(meet, pki):
    terminal = meet("erika")
    before = terminal.card._memory.today = pki.chain()[0].effective.replace(year=2020)
    terminal.prove(groups=(4,))
    assert terminal.card._memory.today == pki.chain()[1].effective > before


def test_certificates_that_are_not_the_states_are_refused(meet, pki):
    terminal = meet("erika")
    terminal.pki = make_specimen_pki(pki.made_on)
    with pytest.raises(CardError, match="CARD-13"):
        terminal.prove(groups=(4,))


def test_an_application_cannot_be_read_past_its_files(meet):
    connection = meet("erika").prove(groups=(4,))
    select_application(connection, eid.APPLICATION_ID)
    assert send(connection, Command(0x00, 0xB0, 0x80 | 20, 0x00, le=4))[1] == 0x6A82
    select_master_file(connection)


@pytest.mark.parametrize("ins", [0x20, 0xCA, 0xD6, 0xE0])
def test_other_instructions_are_not_known(meet, ins):
    assert send(meet("erika").card, Command(0x00, ins, 0x00, 0x00, b"\x00", le=4))[1] == 0x6D00


def test_general_authenticate_needs_something_to_authenticate_for(meet):
    assert send(meet("erika").card, Command(0x10, 0x86, 0x00, 0x00, b"\x7c\x00", le=256))[1] == 0x6985


def test_a_length_where_no_answer_is_wanted_is_refused(meet):
    assert send(meet("erika").card, Command(0x00, 0x22, 0xC1, 0xA4, b"\x83\x01\x02", le=256))[1] == 0x6700


def test_secured_commands_mean_nothing_to_a_locked_card(meet):
    assert send(meet("erika").card, Command(0x0C, 0xB0, 0x9C, 0x00, bytes(10), le=256)) == (b"", 0x6988)
