"""One TCP connection to a receipt printer: bytes out in one write, status bytes in, every wait bounded.

Rules
  1. Only OSError and TimeoutError leave here; what they mean for a receipt is the driver's business (escpos.py).
  2. A printer that does not answer is no error: the answer is None.
  3. Stale bytes are thrown away before a question, so that an old answer never counts for a new one.

Used from one thread.
"""

from __future__ import annotations

import select
import socket
import time
from types import TracebackType
from typing import Self

from devices.printers.status import DLE_EOT, GS_R_PAPER, Question, is_in_turn, is_real_time, state_of
from kiosk.ports import PrinterState


class PrinterLine:
    """An open connection. `finished` turns true when the printer answered GS r: all before it is on paper."""

    def __init__(self, address: tuple[str, int], timeout_s: float) -> None:
        """Connects. Raises OSError."""
        self._socket = socket.create_connection(address, timeout=timeout_s)
        self._timeout_s = timeout_s
        self.finished = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def send(self, job: bytes) -> None:
        """One job, one write, within the time-out. Raises OSError; then nobody knows how much arrived."""
        self._socket.settimeout(self._timeout_s)
        self._socket.sendall(job)

    def state(self, patience_s: float) -> PrinterState:
        """Ask all four questions; UNKNOWN as soon as one stays unanswered for `patience_s`. Raises OSError."""
        answers: dict[Question, int] = {}
        for question in Question:
            answer = self._ask(question, patience_s)
            if answer is None:
                return PrinterState.UNKNOWN
            answers[question] = answer
        return state_of(answers)

    def ask_when_finished(self) -> bytes:
        """What to append to a job so that `finished` can become true."""
        return GS_R_PAPER

    def wait_finished(self, patience_s: float) -> bool:
        """Listen for the end of the job for at most `patience_s`. Raises OSError if the printer hangs up."""
        deadline = time.monotonic() + patience_s
        while not self.finished and self._receive(deadline) is not None:
            pass
        return self.finished

    def _ask(self, question: Question, patience_s: float) -> int | None:
        while self._receive(time.monotonic()) is not None:
            pass
        self._socket.settimeout(self._timeout_s)
        self._socket.sendall(DLE_EOT + bytes([question]))
        deadline = time.monotonic() + patience_s
        while (byte := self._receive(deadline)) is not None:
            if is_real_time(byte):
                return byte
        return None

    def _receive(self, deadline: float) -> int | None:
        """The next byte, or None when the deadline passes first. Notes the end of the job by the way."""
        ready, _, _ = select.select([self._socket], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        data = self._socket.recv(1)
        if not data:
            raise ConnectionError("the printer hung up")
        self.finished = self.finished or is_in_turn(data[0])
        return data[0]
