"""A slot with virtual cards, this terminal's certificates for them, and a record of what went over the line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from devices.cards.people import Person
from devices.cards.pki.chat import chat_for
from devices.cards.pki.csca import CscaStore
from devices.cards.pki.making import SpecimenPki, open_specimen_pki
from devices.cards.pki.terminal_store import TerminalStore
from devices.cards.reader import CardReader
from devices.cards.slot import CardChannel
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.slot import VirtualSlot
from devices.cards.ways.on_site import OnSite
from devices.cards.ways.travel_document import TravelDocument
from kiosk.errors import CardError
from kiosk.identity import Attribute, CardKey, IdentityData, ReadPhase, Way
from kiosk.ports import ReadRequest

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
EVERYTHING = frozenset(Attribute)


@dataclass(slots=True)
class Record:
    """A Slot over another that writes down every command a card was sent since it was powered last."""

    slot: VirtualSlot
    commands: list[bytes] = field(default_factory=list)

    def watch(self, changed: Callable[[bool], None]) -> None:
        self.slot.watch(changed)

    def connect(self) -> CardChannel:
        self.commands.clear()
        return RecordedChannel(self.slot.connect(), self.commands)

    def close(self) -> None:
        self.slot.close()


@dataclass(frozen=True, slots=True)
class RecordedChannel:
    channel: CardChannel
    commands: list[bytes]

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        self.commands.append(command)
        return self.channel.transmit(command)

    def close(self) -> None:
        self.channel.close()


@pytest.fixture(scope="session")
def pki(tmp_path_factory) -> SpecimenPki:
    """One for all tests, kept in a folder: cards are signed with it, terminals know it."""
    return open_specimen_pki(tmp_path_factory.mktemp("pki"), NOW.date())


@pytest.fixture
def slot(pki) -> Iterator[VirtualSlot]:
    slot = VirtualSlot(wait=lambda seconds: None, today=NOW.date, pki=lambda: pki)
    yield slot
    slot.close()


@dataclass(slots=True)
class Desk:
    """Cards are laid here and read. `terminal` and `trust` are what the terminal has; a test may take them away."""

    record: Record
    terminal: TerminalStore
    trust: CscaStore
    phases: list[ReadPhase] = field(default_factory=list)

    def lay(self, person: str, fault: Fault | None = None) -> Person:
        self.record.slot.insert(person, fault)
        return self.record.slot.people[person]

    def read(self, way: Way, key: CardKey, attributes: frozenset[Attribute] = EVERYTHING) -> IdentityData:
        """With a reader of its own. The commands of the reading are in `record`."""
        ways = {
            Way.ON_SITE: OnSite(self.terminal, self.trust, lambda: NOW),
            Way.TRAVEL_DOCUMENT: TravelDocument(self.trust, lambda: NOW),
        }
        self.phases.clear()
        return CardReader(self.record, ways).read(ReadRequest(way, key, attributes), self.phases.append)

    def refused(self, way: Way, key: CardKey) -> str:
        """The code with which a reading ends; nothing was given."""
        with pytest.raises(CardError) as caught:
            self.read(way, key)
        return caught.value.code


@pytest.fixture
def certified(pki, tmp_path) -> Callable[..., TerminalStore]:
    """A terminal that may read these data groups."""

    def certified(groups: Iterable[int], *, can_allowed: bool = True) -> TerminalStore:
        pki.write_terminal(tmp_path, chat_for(groups, can_allowed=can_allowed).rights)
        return TerminalStore(tmp_path, NOW.date)

    return certified


@pytest.fixture
def desk(slot, pki, tmp_path) -> Desk:
    pki.write_terminal(tmp_path / "eac")
    pki.write_csca(tmp_path / "csca")
    return Desk(Record(slot), TerminalStore(tmp_path / "eac", NOW.date), CscaStore(tmp_path / "csca"))
