"""Reading cards: the reader's own time and its commands for a whole on-site reading, import, and the face."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from devices.cards.applications.drawn_face import drawn_face
from devices.cards.applications.face import ImageFormat, build_dg2, decode_face, parse_dg2
from devices.cards.pki.csca import CscaStore
from devices.cards.pki.making import make_specimen_pki
from devices.cards.pki.terminal_store import TerminalStore
from devices.cards.slot import CardChannel
from devices.cards.virtual.faults import Fault
from devices.cards.virtual.slot import VirtualSlot
from devices.cards.ways.on_site import OnSite
from devices.cards.ways.opened import open_card
from devices.cards.ways.refused_files import read_if_there
from kiosk.identity import ReadPhase, Secret
from tests.bench import window
from tests.bench.figure import Figure, percentile

READINGS = 20
FACES = 20
IMPORTS = 7
PERSON = "erika"
GROUPS = (3, 4, 5, 7, 8, 9, 10, 11, 13, 17)
FACE_SIZE = (413, 531)
# What a terminal has loaded by the time it opens its reader, and how it opens it.
BEFORE = "import kiosk.runtime, kiosk.delivery.store, kiosk.documents.receipt, kiosk.config"
OPENED = """
from devices.cards.pcsc.slot import PcscSlot
from devices.cards.reader import CardReader
from devices.cards.ways.configured import card_ways, load_certificates
reader = CardReader(PcscSlot(), card_ways(load_certificates(None, None)))
"""
ONLINE = "from devices.cards.ways.online import way"


@dataclass(slots=True)
class Measured:
    """A channel that counts commands and takes the time the card itself needs."""

    channel: CardChannel
    commands: int = 0
    card_s: float = 0.0
    card_cpu_s: float = 0.0

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        started, used = time.perf_counter(), time.thread_time()
        try:
            return self.channel.transmit(command)
        finally:
            self.card_cpu_s += time.thread_time() - used
            self.card_s += time.perf_counter() - started
            self.commands += 1


@dataclass(slots=True)
class Readings:
    """Milliseconds of the reader itself, by the clock and of the processor, and commands of one reading."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    commands: int = 0

    def take(self, way: OnSite, slot: VirtualSlot) -> None:
        """Power, look, PACE, TA, CA and ten data groups."""
        channel = slot.connect()
        measured = Measured(channel)
        started, used = time.perf_counter(), time.thread_time()
        card = open_card(measured)
        connection = way.unlock(card, Secret(slot.people[PERSON].can), GROUPS, _unheard)
        for group in GROUPS:
            read_if_there(connection, group, card.chunk)
        self.processor.append((time.thread_time() - used - measured.card_cpu_s) * 1e3)
        self.clock.append((time.perf_counter() - started - measured.card_s) * 1e3)
        self.commands = measured.commands
        channel.close()


def _unheard(phase: ReadPhase) -> None:
    """Nobody looks at the phases here."""


def measure_on_site() -> list[Figure]:
    """Against the card in this process, with extended length and without."""
    pki = make_specimen_pki(datetime.now(UTC).date())
    slot = VirtualSlot(wait=lambda seconds: None, pki=lambda: pki)
    extended, short = Readings(), Readings()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pki.write_terminal(folder / "eac")
        pki.write_csca(folder / "csca")
        way = OnSite(TerminalStore(folder / "eac"), CscaStore(folder / "csca"))
        for fault, readings in ((None, extended), (Fault.SHORT_APDU, short)):
            slot.insert(PERSON, fault)
            for _ in range(READINGS):
                readings.take(way, slot)
    slot.close()
    said = f"PACE, TA, CA and {len(GROUPS)} data groups, median of {READINGS}"
    own, clock = statistics.median(extended.processor), statistics.median(extended.clock)
    return [
        Figure("card.on_site_own_time", own, "ms", 60, f"processor time, {said}; by the clock {clock:.0f}"),
        Figure(
            "card.on_site_apdus_extended",
            extended.commands,
            "",
            32,
            "one reading, card looked at and extended length tried",
        ),
        Figure("card.on_site_apdus_short", short.commands, "", 44, f"{said}, short APDUs only"),
    ]


def measure_import() -> list[Figure]:
    """In processes of their own, with compiled files as an installed terminal has them."""
    with tempfile.TemporaryDirectory() as compiled:
        opened, online = _started(OPENED, compiled), _started(ONLINE, compiled)
    said = f"processor time, median of {IMPORTS} processes"
    return [
        Figure("card.import", opened, "ms", 80, f"reader, certificates and ways of a starting terminal, {said}"),
        Figure("card.import_online", online, "ms", None, f"what a terminal with an eID server loads beside it, {said}"),
    ]


def _started(code: str, compiled: str) -> float:
    """Milliseconds; the first process only compiles."""
    timed = f"started = time.process_time()\n{code}\nprint((time.process_time() - started) * 1e3)"
    words = [sys.executable, "-c", f"import time\n{BEFORE}\n{timed}"]
    settings = os.environ | {"PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}
    runs = [subprocess.run(words, env=settings, capture_output=True, check=True) for _ in range(IMPORTS + 1)]
    return statistics.median(float(run.stdout) for run in runs[1:])


def measure_face() -> list[Figure]:
    """From the bytes of DG2 to a picture: JPEG 2000 of the size passports have, off the UI thread."""
    data = build_dg2(drawn_face(ImageFormat.JPEG_2000, FACE_SIZE))
    clock, processor = [], []
    for _ in range(FACES + 1):
        started, used = time.perf_counter(), time.process_time()
        decode_face(parse_dg2(data))
        processor.append((time.process_time() - used) * 1e3)
        clock.append((time.perf_counter() - started) * 1e3)
    said = f"processor time, {FACE_SIZE[0]} x {FACE_SIZE[1]}, {len(data)} bytes, {FACES} times"
    slow = percentile(clock[1:], 0.95)
    return [Figure("card.face", percentile(processor[1:], 0.95), "ms", 60, f"{said}; by the clock {slow:.0f}")]


MEASURES: dict[tuple[str, ...], Callable[[], list[Figure]]] = {
    ("card.on_site_own_time", "card.on_site_apdus_extended", "card.on_site_apdus_short"): measure_on_site,
    ("card.import", "card.import_online"): measure_import,
    ("card.face",): measure_face,
    ("card.longest_frame_while_reading",): window.measure_reading,
}
