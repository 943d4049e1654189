"""Whatever happens to one answer on its way, a reading ends with a known error or with exactly what is on the card."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.cards.reader import CardReader
from devices.cards.slot import CardChannel, Slot
from devices.cards.ways.on_site import OnSite
from devices.cards.ways.travel_document import TravelDocument
from kiosk.errors import CardError
from kiosk.identity import Attribute, IdentityData, MrzKey, Secret, Way
from kiosk.ports import ReadRequest

# More commands than the longest reading has; some disturbances then come too late.
COMMANDS = 33


@dataclass
class Disturbed:
    """A slot of which one answer is changed: a byte of it, its length, or its status word."""

    slot: Slot
    at: int
    place: int
    change: int
    commands: int = 0

    def watch(self, changed: object) -> None:
        raise NotImplementedError

    def connect(self) -> DisturbedChannel:
        return DisturbedChannel(self, self.slot.connect())

    def close(self) -> None:
        self.slot.close()

    def disturb(self, data: bytes, status: int) -> tuple[bytes, int]:
        self.commands += 1
        if self.commands != self.at:
            return data, status
        if not data:
            return data, status ^ self.change
        place = self.place % len(data)
        if self.change == 0:
            return data[:place], status
        return data[:place] + bytes([data[place] ^ self.change]) + data[place + 1 :], status


@dataclass
class DisturbedChannel:
    disturbed: Disturbed
    channel: CardChannel

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        return self.disturbed.disturb(*self.channel.transmit(command))

    def close(self) -> None:
        self.channel.close()


@pytest.fixture
def read(desk):
    """One reading of a person's card over a disturbed line; None where it was refused."""

    def read(person: str, at: int, place: int, change: int) -> IdentityData | None:
        holder = desk.lay(person)
        ways = {Way.ON_SITE: OnSite(desk.terminal, desk.trust), Way.TRAVEL_DOCUMENT: TravelDocument(desk.trust)}
        born = holder.attributes[Attribute.DATE_OF_BIRTH]
        printed = MrzKey(holder.document_number, born, holder.expires_on)
        way, key = (Way.ON_SITE, Secret(holder.can)) if person == "erika" else (Way.TRAVEL_DOCUMENT, printed)
        reader = CardReader(Disturbed(desk.record, at, place, change), ways)
        try:
            return reader.read(ReadRequest(way, key, frozenset(Attribute)), lambda phase: None)
        except CardError:
            return None

    return read


@pytest.mark.parametrize("person", ["erika", "wannes", "zofia"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(1, COMMANDS), place=st.integers(0, 4000), change=st.integers(0, 255))
def test_one_disturbed_answer(desk, read, person, at, place, change):
    identity = read(person, at, place, change)
    assert identity is None or identity.attributes == desk.record.slot.people[person].attributes


@pytest.mark.parametrize("person", ["erika", "wannes", "zofia"])
def test_undisturbed_it_gives_what_is_on_the_card(desk, read, person):
    assert read(person, 0, 0, 0).attributes == desk.record.slot.people[person].attributes


@pytest.mark.parametrize("person", ["erika", "zofia"])
def test_no_log_says_what_was_read_or_typed(desk, read, person, caplog):
    caplog.set_level(logging.DEBUG, logger="kiosk.cards")
    read(person, 0, 0, 0)
    holder = desk.record.slot.people[person]
    assert "INS 86" in caplog.text
    for secret in (holder.can, holder.document_number, *holder.attributes.values()):
        assert len(secret) < 2 or secret not in caplog.text
