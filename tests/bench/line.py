"""The walking line: the core's own time, save beside a bare fdatasync, the receipt, and (window.py) what is seen."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from devices.printers.escpos import encode
from devices.printers.raster import draw
from kiosk.application import Receipt
from kiosk.delivery.prepare import ReadyMaker
from kiosk.delivery.store import OutboxStore
from kiosk.documents.forms import render_form
from kiosk.documents.receipt import ReceiptTown, receipt_blocks
from kiosk.language import load
from kiosk.procedures.journey import journey
from kiosk.procedures.model import Procedure
from kiosk.visit.machine import advance, first_state
from kiosk.visit.model import (
    Answering,
    AnswersGiven,
    Event,
    NoticeAgreed,
    Offer,
    ProcedureChosen,
    State,
    Tick,
    Touched,
    WayChosen,
)
from tests.bench import window
from tests.bench.figure import Figure, percentile
from tests.bench.sample import DOG_ANSWERS, TODAY, dog_application, every_question, sixty_fields, terminal_config

SAVES = 200
TOWN = ReceiptTown("Stadt Cottbus", "Město Chóśebuz")


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@dataclass
class Meter:
    """How long `advance` takes, in microseconds: of the processor, which others on this machine do not lengthen."""

    processor: list[float] = field(default_factory=list)
    clock: list[float] = field(default_factory=list)

    def step(self, state: State, event: Event) -> State:
        started, used = time.perf_counter(), time.thread_time()
        found = advance(state, event)
        self.processor.append((time.thread_time() - used) * 1e6)
        self.clock.append((time.perf_counter() - started) * 1e6)
        return found.state

    def visit(self, procedure: Procedure, answers: Mapping[str, str]) -> None:
        """Every event of a visit up to the review page. Raises ValueError if a page is refused."""
        offer = Offer({procedure.id: procedure}, ("de",), frozenset(), "Stadt", "", "")
        state: State = first_state(offer, 0.0, TODAY)
        for event in (ProcedureChosen(procedure.id), NoticeAgreed(), WayChosen(None)):
            state = self.step(state, event)
        while isinstance(state, Answering):
            shown = journey(procedure, state.answers, TODAY).step(state.step_key)
            paths = shown.paths if shown else ()
            state = self.step(state, AnswersGiven(state.step_key, {path: answers.get(path, "") for path in paths}))
            if isinstance(state, Answering) and state.problems:
                raise ValueError(f"{state.step_key} refused {sorted(state.problems)}")
            state = self.step(self.step(state, Touched()), Tick(1.0, TODAY))

    def figure(self, name: str, bound: float | None, what: str) -> Figure:
        said = (
            f"processor time of {len(self.processor)} events, {what}; by the clock {percentile(self.clock, 0.99):.0f}"
        )
        return Figure(name, percentile(self.processor, 0.99), "µs", bound, said)


def measure_advance() -> list[Figure]:
    """A visit with one dog, and the longest there is."""
    procedure = dog_application().procedure
    one, five = Meter(), Meter()
    for _ in range(100):
        one.visit(procedure, DOG_ANSWERS)
    for _ in range(30):
        five.visit(procedure, every_question())
    return [
        one.figure("line.advance_p99", 100, "hund-anmelden with one dog"),
        five.figure("line.advance_longest_visit_p99", None, "the same for somebody else, five dogs, every question"),
    ]


def measure_journey() -> list[Figure]:
    procedure, answers = sixty_fields()
    samples = [timed(lambda: journey(procedure, answers, TODAY)) for _ in range(2000)]
    return [Figure("line.journey_60_fields_p99", percentile(samples, 0.99) * 1e3, "ms", 1.0, "60 fields on 30 pages")]


def measure_save() -> list[Figure]:
    """Build, seal two submissions with their forms, commit; beside one bare fdatasync of as many bytes."""
    application = dog_application()
    maker = ReadyMaker("C2", lambda item, destination, reference: render_form(item, destination, reference, TOWN))
    draft = maker.prepare(application)
    with tempfile.TemporaryDirectory(dir=Path.home()) as name:
        folder = Path(name)
        config = terminal_config(folder)
        store = OutboxStore(config, load("de"), lambda: None)
        store.save(application, draft, share_references=False)
        size = config.outbox.path.stat().st_size
        saves, syncs = [], []
        for number in range(SAVES):
            saves.append(timed(lambda: store.save(application, draft, share_references=False)))
            syncs.append(_bare_sync(folder / f"bare-{number % 4}", written_bytes(draft.forms)))
        store.close()
    ratio = percentile(saves, 0.99) / percentile(syncs, 0.99)
    said = (
        f"bare fdatasync of {written_bytes(draft.forms)} bytes p99 {percentile(syncs, 0.99) * 1e3:.2f} ms; file {size}"
    )
    return [
        Figure("line.save_p99", percentile(saves, 0.99) * 1e3, "ms", None, said),
        Figure("line.save_p99_to_fdatasync", ratio, "×", 10, said),
    ]


def written_bytes(forms: object) -> int:
    """About what one save writes: both forms and their data, as base64, in whole 4 kB."""
    clear = sum(len(form) for form in forms.values()) + 4 * 4096  # type: ignore[attr-defined]  # a mapping of PDFs
    return -(-clear * 4 // 3 // 4096) * 4096


def _bare_sync(path: Path, size: int) -> float:
    content = os.urandom(size)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        started = time.perf_counter()
        os.pwrite(descriptor, content, 0)
        os.fdatasync(descriptor)
        return time.perf_counter() - started
    finally:
        os.close(descriptor)


def measure_pace() -> list[Figure]:
    """How fast this machine is now: a shared one may be three times slower the next hour, and every time with it."""
    samples = [timed(lambda: sum(range(1_000_000))) for _ in range(20)]
    return [Figure("line.machine_pace", statistics.median(samples) * 1e3, "ms", None, "adding a million numbers")]


def measure_receipt() -> list[Figure]:
    """From neutral blocks to the bytes for the printer."""
    german = load("de")
    references = (("Steuern und Abgaben", "C2-7K4M-9PW"), ("Öffentliche Ordnung", "C2-4WNC-7RK"))
    receipt = Receipt("7K4M9-PWD3T-XHWQ", references, dog_application().procedure, datetime.now(UTC), "de")
    blocks = receipt_blocks(
        receipt, german, german, town=TOWN, status_url="http://127.0.0.1:8000/status", transmitted=True
    )
    samples = [timed(lambda: encode(draw(blocks, 512))) for _ in range(40)][2:]
    return [Figure("line.receipt_p95", percentile(samples, 0.95) * 1e3, "ms", 60, "blocks to ESC/POS bytes, 512 dots")]


MEASURES: dict[tuple[str, ...], Callable[[], list[Figure]]] = {
    ("line.machine_pace",): measure_pace,
    ("line.advance_p99", "line.advance_longest_visit_p99"): measure_advance,
    ("line.journey_60_fields_p99",): measure_journey,
    ("line.save_p99", "line.save_p99_to_fdatasync"): measure_save,
    ("line.receipt_p95",): measure_receipt,
    **window.MEASURES,
}
