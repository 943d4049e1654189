"""The walking line: the core's own time, the save beside a bare fdatasync, the receipt, and (window.py) what is seen."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
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
from kiosk.visit.machine import advance, first_state
from kiosk.visit.model import AnswersGiven, NoticeAgreed, Offer, ProcedureChosen, State, Tick, Touched, WayChosen
from tests.bench import window
from tests.bench.figure import Figure, percentile
from tests.bench.sample import DOG_ANSWERS, TODAY, dog_application, sixty_fields, terminal_config

SAVES = 200
TOWN = ReceiptTown("Stadt Cottbus", "Město Chóśebuz")


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure_advance() -> list[Figure]:
    """Every event of a whole visit up to the review page, 100 times."""
    application = dog_application()
    offer = Offer({application.procedure.id: application.procedure}, ("de",), frozenset(), "Stadt", "", "")
    samples: list[float] = []

    def step(state: State, event: object) -> State:
        started = time.perf_counter()
        found = advance(state, event)  # type: ignore[arg-type]  # events of the union
        samples.append(time.perf_counter() - started)
        return found.state

    for _ in range(100):
        state: State = first_state(offer, 0.0, TODAY)
        for event in (ProcedureChosen(application.procedure.id), NoticeAgreed(), WayChosen(None)):
            state = step(state, event)
        while hasattr(state, "step_key"):
            fields = journey(application.procedure, state.answers, TODAY).step(state.step_key)
            paths = [fields.path(item) for item in fields.fields] if fields else []
            state = step(state, AnswersGiven(state.step_key, {path: DOG_ANSWERS.get(path, "") for path in paths}))
            state = step(step(state, Touched()), Tick(1.0, TODAY))
    return [Figure("line.advance_p99", percentile(samples, 0.99) * 1e6, "µs", 100, f"{len(samples)} events")]


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
    ("line.advance_p99",): measure_advance,
    ("line.journey_60_fields_p99",): measure_journey,
    ("line.save_p99", "line.save_p99_to_fdatasync"): measure_save,
    ("line.receipt_p95",): measure_receipt,
    **window.MEASURES,
}
