"""Renders forms in one process of its own, started with the terminal and replaced when it fails.

WeasyPrint is slow to import and large in memory; neither must be felt in the window. What is rendered
lives in that process's memory only.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool

from kiosk.application import Application
from kiosk.documents.forms import render_form
from kiosk.documents.receipt import ReceiptTown
from kiosk.errors import DocumentError
from kiosk.procedures.model import Destination

DEADLINE_S = 20.0


class FormPress:
    """Used from one thread (the preparer's)."""

    def __init__(self, town: ReceiptTown) -> None:
        self._town = town
        self._pool = _open()

    def warm(self) -> None:
        """Start the process and let it import what it needs, before a citizen waits for it."""
        self._pool.submit(_import_renderer)

    def render(self, application: Application, destination: Destination, reference: str) -> bytes:
        """The filled form as PDF. Raises DocumentError DOC-01; blocks up to DEADLINE_S."""
        try:
            job = self._pool.submit(render_form, application, destination, reference, self._town)
            return job.result(timeout=DEADLINE_S)
        except (BrokenProcessPool, FutureTimeout) as error:
            self.close()
            self._pool = _open()
            raise DocumentError("DOC-01", type(error).__name__) from error

    def close(self) -> None:
        """End the process, whatever it is doing."""
        for process in list((self._pool._processes or {}).values()):
            process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _open() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn"))


def _import_renderer() -> None:
    """Runs in the other process."""
    import weasyprint  # noqa: F401  # imported for its cost
