"""The connection to a card in a reader: powered, shared, in one transaction, without power when it ends.

Rules
  1. Every call has a deadline: a driver can hang, and the service has no time-out for it.
  2. After any error the channel is of no use; it says the same again until it is closed.
  3. What goes over it is written nowhere.

Long answers, log lines and secure messaging are layers above (wire/, crypto/).
"""

from __future__ import annotations

from typing import Final

from devices.cards.pcsc.bounded_thread import BoundedThread
from devices.cards.pcsc.service import PoweredCard, ReaderState, ServiceContext, choose_reader
from kiosk.errors import CardError

DEADLINE_S: Final = 5.0


class PcscChannel:
    """A CardChannel. For one thread."""

    def __init__(self, reader_name: str | None, deadline_s: float = DEADLINE_S) -> None:
        """Powers the card. Raises CardError CARD-01, -02, -04, -21, -22 or -23."""
        self._deadline_s = deadline_s
        self._line = _Line(reader_name)
        self._thread = BoundedThread("pcsc-channel")
        self._broken: CardError | None = None
        self._patience_s = deadline_s
        try:
            self._thread.call(self._line.open, deadline_s)
        except TimeoutError:
            self._patience_s = 0.0
            self.close()
            raise self._late() from None
        except CardError:
            self.close()
            raise

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Raises CardError CARD-01, -02, -06 (deadline), -21 or -22; ever after the same."""
        if self._broken is None:
            try:
                return self._thread.call(lambda: self._line.transmit(command), self._deadline_s)
            except TimeoutError:
                self._patience_s = 0.0
                self._broken = CardError("CARD-06", f"no answer in {self._deadline_s:g} s")
            except CardError as error:
                self._broken = error
        raise CardError(self._broken.code, self._broken.detail)

    def close(self) -> None:
        """Let the card go without power: now, or when a hanging driver comes back. Never raises."""
        self._broken = self._broken or CardError("CARD-02", "the channel is closed")
        self._thread.end(self._line.close, self._patience_s)
        # Closing again finds nothing to do and nobody who would do it.
        self._patience_s = 0.0

    def _late(self) -> CardError:
        """Why there was no card in time: another program keeps it to itself, or the reader hangs."""
        question = BoundedThread("pcsc-question")
        late = f"no card in {self._deadline_s:g} s"
        try:
            in_use = question.call(self._line.in_use, self._deadline_s)
        except (TimeoutError, CardError):
            in_use = False
        question.end(lambda: None, 0.0)
        return CardError("CARD-21" if in_use else "CARD-01", late)


class _Line:
    """What the channel's thread does."""

    def __init__(self, reader_name: str | None) -> None:
        self._reader_name = reader_name
        self._context: ServiceContext | None = None
        self._card: PoweredCard | None = None

    def open(self) -> None:
        self._context = ServiceContext()
        self._card = self._context.connect(self._reader(self._context))
        self._card.begin()

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        if self._card is None:
            raise CardError("CARD-02", "the channel is closed")
        return self._card.transmit(command)

    def close(self) -> None:
        """What there is to close. Never raises."""
        if self._card is not None:
            self._card.let_go()
        if self._context is not None:
            self._context.release()
        self._card = self._context = None

    def in_use(self) -> bool:
        """Whether any program holds the card. From any thread."""
        with ServiceContext() as context:
            return any(state.in_use for state in context.wait((ReaderState(self._reader(context)),), 0))

    def _reader(self, context: ServiceContext) -> str:
        name = choose_reader(context.readers(), self._reader_name)
        if name is None:
            raise CardError("CARD-01", f"no reader {self._reader_name}" if self._reader_name else "no reader")
        return name
