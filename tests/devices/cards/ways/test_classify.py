"""Every kind of card is told apart before anything is unlocked, also cards that say little or nonsense."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.cards.applications import eid, lds
from devices.cards.protocols.oids import ID_PACE
from devices.cards.protocols.security_info_building import build_security_infos
from devices.cards.protocols.security_infos import PaceInfo
from devices.cards.virtual.faults import Fault
from devices.cards.ways.classify import classify
from devices.cards.wire import tlv
from devices.cards.wire.apdu import parse_command
from kiosk.errors import CardError
from kiosk.identity import CardKind

ACCESS = build_security_infos([PaceInfo(ID_PACE + b"\x02\x02", 2, 13)])
SELECT, READ, MANAGE = 0xA4, 0xB0, 0x22


def listed(*applications: bytes) -> bytes:
    return b"".join(tlv.encode(0x61, tlv.encode(0x4F, aid)) for aid in applications)


@dataclass
class Card:
    """A card as simple as can be: what it has it gives, everything else it does not find."""

    access: bytes | None = ACCESS
    directory: bytes | None = None
    applications: tuple[bytes, ...] = ()
    master_file: int = 0x9000
    can: int = 0x9000
    commands: list[int] = field(default_factory=list)

    def transmit(self, raw: bytes) -> tuple[bytes, int]:
        command = parse_command(raw)
        self.commands.append(command.ins)
        match command.ins, command.p1:
            case 0xA4, 0x00:
                return b"", self.master_file
            case 0xA4, 0x04:
                return b"", 0x9000 if command.data in self.applications else 0x6A82
            case 0xB0, 0x9C if self.access is not None:
                return self.access, 0x6282
            case 0xB0, 0x9E if self.directory is not None:
                return self.directory, 0x9000
            case 0x22, _:
                return b"", self.can
        return b"", 0x6A82


@pytest.mark.parametrize(
    ("person", "kind"),
    [
        ("erika", CardKind.GERMAN),
        ("chloe", CardKind.GERMAN),
        ("wannes", CardKind.EU_CARD),
        ("zofia", CardKind.PASSPORT),
    ],
)
def test_the_cards_of_the_test_persons(slot, person, kind):
    slot.insert(person)
    seen = classify(slot.connect())
    assert seen.kind is kind
    assert seen.access is not None


def test_a_card_that_refuses_everything_is_unreadable(slot):
    slot.insert("erika", Fault.UNREADABLE)
    with pytest.raises(CardError, match="CARD-04"):
        classify(slot.connect())


def test_only_selecting_and_reading_is_asked_of_a_german_card():
    card = Card(directory=listed(b"\xa0\x00\x00\x01", lds.APPLICATION_ID, eid.APPLICATION_ID))
    assert classify(card).kind is CardKind.GERMAN
    assert set(card.commands) == {SELECT, READ}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (0x9000, CardKind.EU_CARD),
        (0x63C2, CardKind.EU_CARD),
        (0x6A88, CardKind.PASSPORT),
        (0x6A80, CardKind.PASSPORT),
    ],
)
def test_a_listed_travel_document_is_a_card_if_it_takes_a_can(status, kind):
    assert classify(Card(directory=listed(lds.APPLICATION_ID), can=status)).kind is kind


def test_a_listed_travel_document_without_pace_is_unlocked_with_its_zone():
    card = Card(access=None, directory=listed(lds.APPLICATION_ID))
    assert classify(card).kind is CardKind.PASSPORT
    assert MANAGE not in card.commands


def test_a_passport_older_than_pace_has_no_open_file_at_all():
    seen = classify(Card(access=None, applications=(lds.APPLICATION_ID,)))
    assert (seen.kind, seen.access) == (CardKind.PASSPORT, None)


@pytest.mark.parametrize("status", [0x6A82, 0x6A86, 0x6D00])
def test_a_passport_may_have_no_master_file(status):
    assert classify(Card(master_file=status, applications=(lds.APPLICATION_ID,))).kind is CardKind.PASSPORT


@pytest.mark.parametrize("status", [0x9000, 0x6A82, 0x6E00])
def test_a_bank_card_is_unknown(status):
    assert classify(Card(access=None, master_file=status)).kind is CardKind.UNKNOWN


def test_the_directory_may_end_in_zeros():
    assert classify(Card(directory=listed(eid.APPLICATION_ID) + bytes(40))).kind is CardKind.GERMAN


@pytest.mark.parametrize("broken", [{"access": b"\x31\x02\x05\x00"}, {"directory": b"\x61\x20\x4f"}])
def test_malformed_files_are_said_to_be(broken):
    with pytest.raises(CardError, match="CARD-07"):
        classify(Card(**broken))


@given(st.binary(max_size=64), st.binary(max_size=64), st.sampled_from([0x9000, 0x6A82, 0x6F00]))
def test_whatever_a_card_says_is_a_kind_or_a_card_error(access, directory, status):
    try:
        found = classify(Card(access, directory, master_file=status)).kind
    except CardError as error:
        found = error.code
    assert found in {*CardKind, "CARD-04", "CARD-07"}
