"""The ESC/POS receipt printer on the network: one picture, one write, status before and after.

Rules
  1. python-escpos only encodes; its transports lose errors (a closed peer swallows two writes silently) and its
     paper_status() says "plenty" when the printer says nothing.
  2. Paper knows no exactly-once: printed, not printed, or unknown. "Printed" is said only if the printer answered a
     question queued behind the job; one that never answers is UNKNOWN, and the citizen keeps the code on the screen.
  3. Nothing is sent to a printer that says it cannot print.

What stands on the receipt is kiosk/documents/receipt.py's business, how it is drawn raster.py's.
"""

from __future__ import annotations

import os
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from devices.printers.line import PrinterLine
from devices.printers.raster import draw
from kiosk.application import PrintOutcome
from kiosk.documents.blocks import Block
from kiosk.errors import ConfigError, PrinterError
from kiosk.ports import PrinterState

if TYPE_CHECKING:
    from PIL import Image

# Epson TM-m30: random text after tall images (python-escpos#631): bands of at most 960 rows.
BAND_ROWS = 960
# An answer to DLE EOT takes milliseconds; a printer that took a second will not answer.
STATUS_PATIENCE_S = 1.0
# How long to listen for the end of the job before asking again what holds the printer up.
SLICE_S = 0.25
# Dots across the paper, 58 and 80 mm at 203 dpi.
WIDTHS = (384, 512, 576)
# All that python-escpos must know of a printer. Its own list of printers takes 7 MB and 0.3 s.
CAPABILITIES = Path(__file__).parent / "paper_widths.json"

REFUSALS = {
    PrinterState.PAPER_OUT: "PRINT-02",
    PrinterState.COVER_OPEN: "PRINT-03",
    PrinterState.ERROR: "PRINT-04",
}


class EscposPrinter:
    """A ReceiptPrinter on TCP (usually port 9100). Every wait ends after `timeout_s`. Used from one thread."""

    def __init__(self, host: str, port: int, width_dots: int, timeout_s: float) -> None:
        """Raises ConfigError for a width no receipt paper has."""
        if width_dots not in WIDTHS:
            raise ConfigError("CONFIG-02", f"printer.width_dots must be one of {WIDTHS}, not {width_dots}")
        self._address = (host, port)
        self._width_dots = width_dots
        self._timeout_s = timeout_s
        self._patience_s = min(STATUS_PATIENCE_S, timeout_s)

    def status(self) -> PrinterState:
        """OFFLINE if it cannot be reached. Never raises."""
        try:
            with PrinterLine(self._address, self._timeout_s) as line:
                return line.state(self._patience_s)
        except OSError:
            return PrinterState.OFFLINE

    def print(self, blocks: tuple[Block, ...]) -> PrintOutcome:
        """Raises DocumentError PRINT-05 (nothing was sent) or PrinterError PRINT-01 to PRINT-04."""
        job = encode(draw(blocks, self._width_dots))
        try:
            line = PrinterLine(self._address, self._timeout_s)
        except OSError as error:
            raise PrinterError("PRINT-01", _reason(error)) from error
        with line:
            return self._print(line, job)

    def _print(self, line: PrinterLine, job: bytes) -> PrintOutcome:
        try:
            before = line.state(self._patience_s)
        except OSError as error:
            raise PrinterError("PRINT-01", _reason(error)) from error
        _refuse(before)
        try:
            line.send(job + line.ask_when_finished())
            return PrintOutcome.UNKNOWN if before is PrinterState.UNKNOWN else self._outcome(line)
        except OSError as error:
            raise PrinterError("PRINT-04", _reason(error)) from error

    def _outcome(self, line: PrinterLine) -> PrintOutcome:
        """Wait for the end of the job; while it does not come, ask what holds it up. Raises OSError, PrinterError."""
        deadline = time.monotonic() + self._timeout_s
        while not line.wait_finished(min(SLICE_S, self._timeout_s)):
            _refuse(line.state(self._patience_s))
            if time.monotonic() >= deadline:
                return PrintOutcome.UNKNOWN
        return self._printed(line)

    def _printed(self, line: PrinterLine) -> PrintOutcome:
        """All is on paper, whatever the printer says now; only how much paper is left is of interest."""
        try:
            after = line.state(self._patience_s)
        except OSError:
            return PrintOutcome.PRINTED
        low = after in (PrinterState.PAPER_LOW, PrinterState.PAPER_OUT)
        return PrintOutcome.PRINTED_PAPER_LOW if low else PrintOutcome.PRINTED


@cache
def _encoder() -> type[Any]:
    """Imported once somebody prints: it brings Pillow, YAML and more. It reads its environment when it is imported."""
    os.environ["ESCPOS_CAPABILITIES_FILE"] = str(CAPABILITIES)
    from escpos.printer import Dummy

    return cast(type[Any], Dummy)


def encode(picture: Image.Image) -> bytes:
    """The bytes that print the picture and cut the paper: ESC @, GS v 0 in bands, GS V."""
    encoder = _encoder()(profile=f"dots{picture.width}")
    encoder.hw("INIT")
    encoder.image(picture, fragment_height=BAND_ROWS)
    encoder.cut(feed=False)  # GS V 66 0 feeds to the cutter by itself, with every profile
    return bytes(encoder.output)


def _refuse(state: PrinterState) -> None:
    if state in REFUSALS:
        raise PrinterError(REFUSALS[state])


def _reason(error: OSError) -> str:
    return "time-out" if isinstance(error, TimeoutError) else (error.strerror or type(error).__name__)
