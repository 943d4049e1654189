"""On-site reading against the virtual card: what it gives, what it asks for, and every way in which it is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devices.cards.applications.eid import DataGroup
from devices.cards.pki.chat import parse_chat
from devices.cards.pki.csca import CscaStore
from devices.cards.pki.terminal_store import TerminalStore
from devices.cards.protocols.chip_passwords import ChipPasswords
from devices.cards.protocols.passwords import PasswordKind
from devices.cards.virtual.card import VirtualCard
from devices.cards.virtual.chip_data import ChipMemory
from devices.cards.virtual.eid_card import eid_card
from devices.cards.virtual.faults import Fault
from devices.cards.ways.on_site import OnSite
from devices.cards.ways.opened import open_card
from devices.cards.wire import tlv
from devices.cards.wire.apdu import parse_command
from kiosk.identity import Assurance, Attribute, Authenticity, MrzKey, ReadPhase, Secret, Way
from kiosk.ports import ReadRequest

SET_PACE = bytes.fromhex("0022C1A4")
EXTENDED_BOUND = 32
SHORT_BOUND = 44


def read(desk, person, attributes=frozenset(Attribute), fault=None):
    can = Secret(desk.lay(person, fault).can)
    return desk.read(Way.ON_SITE, can, attributes)


def refused(desk, person, fault=None):
    return desk.refused(Way.ON_SITE, Secret(desk.lay(person, fault).can))


def requested(desk) -> list[int]:
    """The data groups named in the CHAT."""
    [raw] = [command for command in desk.record.commands if command.startswith(SET_PACE)]
    chat = parse_chat(tlv.need(parse_command(raw).data, 0x7F4C))
    return [group for group in range(1, 23) if chat.may_read(group)]


@pytest.mark.parametrize("person", ["erika", "chloe"])
def test_a_genuine_card_gives_what_is_on_it(desk, person):
    identity = read(desk, person)
    on_card = desk.record.slot.people[person]
    assert identity.attributes == on_card.attributes
    assert identity.expires_on == on_card.expires_on
    assert (identity.way, identity.assurance) == (Way.ON_SITE, Assurance.HIGH)
    assert identity.authenticity is Authenticity.VERIFIED


def test_the_phases_come_in_order(desk):
    read(desk, "erika")
    assert desk.phases == list(ReadPhase)


def test_only_what_was_asked_for_is_requested_and_given(desk):
    identity = read(desk, "erika", frozenset({Attribute.FAMILY_NAMES, Attribute.CITY}))
    assert set(identity.attributes) == {Attribute.FAMILY_NAMES, Attribute.CITY}
    assert requested(desk) == [DataGroup.DATE_OF_EXPIRY, DataGroup.FAMILY_NAMES, DataGroup.PLACE_OF_RESIDENCE]


def test_each_requested_group_is_read_once(desk):
    read(desk, "erika")
    groups = requested(desk)
    secured_reads = [c for c in desk.record.commands if c[0] == 0x0C and c[1] == 0xB0 and c[2] != 0x9D]
    assert [command[2] & 0x1F for command in secured_reads if command[2] & 0x80] == groups


@pytest.mark.parametrize(("fault", "bound"), [(None, EXTENDED_BOUND), (Fault.SHORT_APDU, SHORT_BOUND)])
def test_a_whole_reading_takes_few_commands(desk, fault, bound):
    read(desk, "erika", fault=fault)
    assert len(requested(desk)) >= 9
    assert len(desk.record.commands) <= bound - 1


@pytest.mark.parametrize("fault", [Fault.SHORT_APDU, Fault.SEVERAL_PACE_INFOS, Fault.SLOW, Fault.DEACTIVATED])
def test_cards_that_are_only_different_are_read(desk, fault):
    assert read(desk, "erika", fault=fault).assurance is Assurance.HIGH


def test_a_pin_that_is_suspended_is_none_of_its_business(desk):
    assert read(desk, "erika", fault=Fault.PIN_SUSPENDED).assurance is Assurance.HIGH


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.REMOVED, "CARD-02"),
        (Fault.UNREADABLE, "CARD-04"),
        (Fault.MUTE, "CARD-06"),
        (Fault.WRONG_MAC, "CARD-08"),
        (Fault.CLONE, "CARD-09"),
        (Fault.FORGED_SOD, "CARD-10"),
        (Fault.HASH_MISMATCH, "CARD-11"),
        (Fault.EXPIRED_CERTIFICATE, "CARD-13"),
        (Fault.SWAPPED, "CARD-15"),
    ],
)
def test_what_is_wrong_with_a_card_has_its_own_code(desk, fault, code):
    assert refused(desk, "erika", fault) == code


def test_a_wrong_can(desk):
    desk.lay("erika")
    assert desk.refused(Way.ON_SITE, Secret("000000")) == "CARD-03"


def test_of_an_expired_card_only_the_date_is_read(desk):
    assert refused(desk, "gustav") == "CARD-05"
    reads = [command for command in desk.record.commands if command[:2] == b"\x0c\xb0" and command[2] != 0x9D]
    assert [command[2] & 0x1F for command in reads] == [DataGroup.DATE_OF_EXPIRY]


def test_a_wrong_authentication_code_is_not_tried_again(desk):
    assert refused(desk, "erika", Fault.WRONG_MAC) == "CARD-08"
    assert len([command for command in desk.record.commands if command.startswith(SET_PACE)]) == 1


def test_without_a_terminal_certificate_nothing_is_asked_of_the_card(desk):
    desk.terminal = TerminalStore(None)
    assert refused(desk, "erika") == "CARD-12"
    assert not [command for command in desk.record.commands if command[1] not in (0xA4, 0xB0)]


@pytest.mark.parametrize("groups", [range(1, 23), [DataGroup.FAMILY_NAMES]])
def test_without_the_right_to_use_the_can_nothing_is_asked_of_the_card(desk, certified, groups):
    desk.terminal = certified(groups, can_allowed=False)
    assert refused(desk, "erika") == "CARD-14"
    assert not [command for command in desk.record.commands if command.startswith(SET_PACE)]


def test_a_right_to_read_that_is_missing_is_named(desk, certified):
    desk.terminal = certified([DataGroup.FAMILY_NAMES, DataGroup.DATE_OF_EXPIRY])
    assert refused(desk, "erika") == "CARD-14"
    assert read(desk, "erika", frozenset({Attribute.FAMILY_NAMES})).attributes


def test_a_card_signed_by_a_state_nobody_knows_is_refused(desk):
    desk.trust = CscaStore()
    assert refused(desk, "erika") == "CARD-10"


@pytest.mark.parametrize("person", ["wannes", "zofia"])
def test_other_states_documents_are_not_read_this_way(desk, person):
    assert refused(desk, person) == "CARD-16"


def test_printed_data_do_not_unlock_it(desk):
    holder = desk.lay("erika")
    key = MrzKey(holder.document_number, holder.expires_on.isoformat(), holder.expires_on)
    assert desk.refused(Way.ON_SITE, key) == "CARD-16"


def test_a_card_older_than_a_data_group_is_read_without_it(desk, slot, pki):
    holder = slot.people["erika"]
    data = eid_card(holder, None, pki)
    kept = tuple(file for file in data.directories[1].files if file.sfi != DataGroup.BIRTH_NAME)
    older = replace(data, directories=(data.directories[0], replace(data.directories[1], files=kept)))
    passwords = ChipPasswords({PasswordKind.CAN: Secret(holder.can)})
    chip = VirtualCard(older, ChipMemory(passwords, pki.made_on, pki.anchors()))
    chip.power_on()

    request = ReadRequest(Way.ON_SITE, Secret(holder.can), frozenset(Attribute))
    identity = OnSite(desk.terminal, desk.trust).read(open_card(chip), request, lambda phase: None)

    assert set(holder.attributes) - set(identity.attributes) == {Attribute.BIRTH_NAME}


def test_a_key_that_cannot_be_used_is_as_good_as_no_certificate(desk, tmp_path):
    for key in (tmp_path / "eac").glob("*.pkcs8"):
        key.unlink()
    assert refused(desk, "erika") == "CARD-12"


def test_no_chain_from_the_cards_trust_anchor(desk, tmp_path):
    (tmp_path / "eac" / "document-verifier.cvcert").unlink()
    assert refused(desk, "erika") == "CARD-12"
