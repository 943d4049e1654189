"""Visits leave nothing open: no thread, no file, no lock of the service, however many there were."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import SimpleQueue

import pytest

from devices.cards.pcsc.slot import PcscSlot
from devices.cards.people import load_people
from devices.cards.pki.csca import CscaStore
from devices.cards.pki.making import SpecimenPki, make_specimen_pki
from devices.cards.pki.terminal_store import TerminalStore
from devices.cards.reader import CardReader
from devices.cards.slot import Slot
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.making import make_card
from devices.cards.virtual.slot import VirtualSlot
from devices.cards.virtual.vpcd import VpcdClient
from devices.cards.ways.on_site import OnSite
from kiosk.errors import CardError
from kiosk.identity import Attribute, Secret, Way
from kiosk.ports import ReadRequest
from tests.devices.cards.namespaces import alone
from tests.devices.cards.pcsc.plastic import PATIENCE_S, until_the_service_knows
from tests.devices.cards.running_service import RunningService

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
# Read, taken away in the middle, broken on the way, refused: by turns.
FAULTS = (None, Fault.WRONG_MAC, None, Fault.REMOVED, Fault.CLONE)
ERIKA = load_people()["erika"]
REQUEST = ReadRequest(Way.ON_SITE, Secret(ERIKA.can), frozenset({Attribute.FAMILY_NAMES, Attribute.CITY}))


@dataclass(frozen=True, slots=True)
class Held:
    """What this process has open."""

    files: int
    threads: int


def held() -> Held:
    """Once the threads of closed channels have ended, which nobody waits for."""
    for thread in threading.enumerate():
        if thread.name == "pcsc-channel":
            thread.join(PATIENCE_S)
    return Held(len(os.listdir("/proc/self/fd")), threading.active_count())


class Counter:
    """A reader that is listened to."""

    def __init__(self, slot: Slot, way: OnSite) -> None:
        self._reader = CardReader(slot, {Way.ON_SITE: way})
        self._told: SimpleQueue[bool] = SimpleQueue()
        self._reader.watch(self._told.put)
        assert self.hears() is False

    def hears(self) -> bool:
        return self._told.get(timeout=PATIENCE_S)

    def visit(self, insert: Callable[[], object], remove: Callable[[], object]) -> bool:
        """Whether the card was read."""
        insert()
        assert self.hears() is True
        try:
            self._reader.look()
            return bool(self._reader.read(REQUEST, lambda phase: None).attributes)
        except CardError:
            return False
        finally:
            remove()
            assert self.hears() is False

    def close(self) -> None:
        self._reader.close()


@pytest.fixture(scope="module")
def pki() -> SpecimenPki:
    return make_specimen_pki(NOW.date())


@pytest.fixture
def way(pki, tmp_path) -> OnSite:
    pki.write_terminal(tmp_path / "eac")
    pki.write_csca(tmp_path / "csca")
    return OnSite(TerminalStore(tmp_path / "eac", NOW.date), CscaStore(tmp_path / "csca"), lambda: NOW)


def test_two_hundred_visits_in_this_process_leave_nothing_open(pki, way) -> None:
    before = held()
    slot = VirtualSlot(wait=lambda seconds: None, today=NOW.date, pki=lambda: pki)
    counter = Counter(slot, way)
    during, read = held(), 0
    for number in range(200):
        fault = FAULTS[number % len(FAULTS)]
        read += counter.visit(lambda fault=fault: slot.insert("erika", fault), slot.remove)
        assert held() == during
    counter.close()
    assert read == 80
    assert held() == before


@alone
def test_thirty_visits_over_the_service_leave_nothing_open(pki, way) -> None:
    cards = {fault: make_card(ERIKA, fault, today=NOW.date(), pki=pki) for fault in FAULTS}
    with RunningService():
        before, during, read = held(), None, 0
        counter = Counter(PcscSlot(), way)
        for number in range(30):
            card = VpcdClient(cards[FAULTS[number % len(FAULTS)]])
            read += counter.visit(card.insert, card.remove)
            until_the_service_knows(events=2 * (number + 1))
            during = during or held()
            assert held() == during
        counter.close()
        assert read == 12
        assert held() == before
