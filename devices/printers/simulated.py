"""A receipt printer without paper: a real TCP server that takes ESC/POS and leaves every receipt as a PNG.

Rules
  1. It understands what escpos.py sends (ESC @, GS v 0, GS V, GS r, DLE EOT) and skips everything else.
  2. Like a printer it serves one connection at a time, keeps printing what it was sent, and stops where paper ends.
  3. Its faults are worked from any thread; each is one assignment of a frozen state.

Receipts are numbered receipt-0001.png … in the folder given, going on from what lies there.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from devices.printers.decoder import Band, Cut, EscposDecoder, PaperQuestion, StatusQuestion
from devices.printers.raster import stacked
from devices.printers.status import PAPER_NEAR_END, answer_for
from kiosk.ports import PrinterState

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Condition:
    """How the simulated printer is. `rows_left` and `bytes_left` count down to a fault in mid-job."""

    state: PrinterState = PrinterState.READY
    mute: bool = False
    rows_left: int | None = None
    bytes_left: int | None = None


class SimulatedPrinter:
    """Listens at once on loopback; `port` 0 takes a free one and keeps it over power_off and power_on."""

    def __init__(self, receipts_dir: Path, port: int = 0) -> None:
        receipts_dir.mkdir(parents=True, exist_ok=True)
        self.receipts_dir = receipts_dir
        self.port = port
        self._condition = Condition()
        self._listener: socket.socket | None = None
        self._connection: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.power_on()

    @property
    def receipts(self) -> tuple[Path, ...]:
        """Every receipt so far, oldest first."""
        return tuple(sorted(self.receipts_dir.glob("receipt-*.png")))

    def power_on(self) -> None:
        """Listen; does nothing if it is on. Raises OSError if somebody else has the port."""
        if self._listener is not None:
            return
        listener = socket.create_server((LOOPBACK, self.port))
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._thread = threading.Thread(target=self._serve, args=(listener,), name="simulated-printer", daemon=True)
        self._thread.start()

    def power_off(self) -> None:
        """Refuse connections and drop the one there is, in mid-job if need be."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        for end in (listener, self._connection):
            if end is not None:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        listener.close()
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """The end of the simulation."""
        self.power_off()

    def paper_out(self) -> None:
        self._condition = replace(self._condition, state=PrinterState.PAPER_OUT)

    def paper_in(self) -> None:
        """A new roll; also ends "paper low"."""
        self._condition = replace(self._condition, state=PrinterState.READY, rows_left=None)

    def paper_low(self) -> None:
        self._condition = replace(self._condition, state=PrinterState.PAPER_LOW)

    def cover_open(self) -> None:
        self._condition = replace(self._condition, state=PrinterState.COVER_OPEN)

    def cover_close(self) -> None:
        self._condition = replace(self._condition, state=PrinterState.READY)

    def fail(self) -> None:
        """The cutter jams; `recover` frees it."""
        self._condition = replace(self._condition, state=PrinterState.ERROR)

    def recover(self) -> None:
        """Back to a printer without faults."""
        self._condition = Condition()

    def fall_mute(self) -> None:
        """Print, but never answer a question, as cheap printers do."""
        self._condition = replace(self._condition, mute=True)

    def paper_ends_after(self, rows: int) -> None:
        """Run out of paper in the middle of a job."""
        self._condition = replace(self._condition, rows_left=rows)

    def breaks_off_after(self, job_bytes: int) -> None:
        """Hang up in the middle of a job."""
        self._condition = replace(self._condition, bytes_left=job_bytes)

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # switched off
            self._connection = connection
            with connection, contextlib.suppress(OSError):
                _Session(self, connection).run()
            self._connection = None


class _Session:
    """One connection: decodes what comes, answers, and stops printing where the printer stops."""

    def __init__(self, printer: SimulatedPrinter, connection: socket.socket) -> None:
        self._printer = printer
        self._connection = connection
        self._decoder = EscposDecoder()
        self._bands: list[Image.Image] = []

    def run(self) -> None:
        """Until either side hangs up. Raises OSError."""
        while data := self._connection.recv(65536):
            if self._breaks_off(len(data)):
                return
            for command in self._decoder.feed(data):
                match command:
                    case StatusQuestion(number):
                        self._answer(answer_for(number, self._condition.state))
                    case PaperQuestion() if not self._stopped:
                        self._answer(PAPER_NEAR_END if self._condition.state is PrinterState.PAPER_LOW else 0)
                    case Band(picture) if not self._stopped:
                        self._print(picture)
                    case Cut() if not self._stopped:
                        self._cut()
                    case _:
                        pass  # a stopped printer keeps listening, but prints nothing

    @property
    def _condition(self) -> Condition:
        return self._printer._condition

    @property
    def _stopped(self) -> bool:
        return self._condition.state not in (PrinterState.READY, PrinterState.PAPER_LOW)

    def _answer(self, byte: int) -> None:
        if not self._condition.mute:
            self._connection.sendall(bytes([byte]))

    def _print(self, picture: Image.Image) -> None:
        rows = self._condition.rows_left
        if rows is not None and picture.height > rows:
            self._printer.paper_out()
            return
        self._bands.append(picture)
        if rows is not None:
            self._printer.paper_ends_after(rows - picture.height)

    def _cut(self) -> None:
        """The receipt falls out: one PNG."""
        if not self._bands:
            return
        paper = stacked(self._bands, self._bands[0].width)
        self._bands.clear()
        paper.save(self._printer.receipts_dir / f"receipt-{len(self._printer.receipts) + 1:04d}.png")

    def _breaks_off(self, received: int) -> bool:
        left = self._condition.bytes_left
        if left is None:
            return False
        self._printer._condition = replace(self._condition, bytes_left=left - received if received < left else None)
        return received >= left
