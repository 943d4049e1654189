"""The commit point of a visit: every department's submission sealed in memory, all put in one transaction.

What `save` returned from is durable and unreadable for this terminal; what it raised from was not stored.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from kiosk.application import Application, Draft, OutOfServiceReason
from kiosk.config import TerminalConfig
from kiosk.delivery.compose import Capture, build
from kiosk.delivery.keys import KeyCache
from kiosk.delivery.outbox import NewRow, Outbox
from kiosk.delivery.outbox_file import free_bytes
from kiosk.delivery.submission import seal_submission
from kiosk.errors import DeliveryError, OutboxError
from kiosk.procedures.model import Destination, Words


class OutboxStore:
    """The ApplicationStore port. The outbox is opened by, and belongs to, the one thread that calls.

    `words` is German; `stored` is called after every save (it wakes `kiosk sync`) and must not raise.
    """

    def __init__(self, config: TerminalConfig, words: Words, stored: Callable[[], None]) -> None:
        self._config = config
        self._words = words
        self._stored = stored
        self._keys = KeyCache(config.delivery.keys_dir)
        self._outbox: Outbox | None = None

    def save(self, application: Application, draft: Draft, *, share_references: bool) -> datetime:
        """Seal and store durably; the time of capture. Raises OutboxError: then nothing is stored."""
        capture = Capture(self._config.name, datetime.now(UTC), self._words, share_references)
        rows = [self._row(application, draft, item, capture) for item in application.procedure.destinations]
        try:
            self._open().put(rows)
        except OutboxError as error:
            if error.code == "OUTBOX-02":
                self.close()  # opening again checks the file, and sets it aside
            raise
        self._stored()
        return capture.at

    def readiness(self) -> OutOfServiceReason | None:
        """Why no visit may start now, or None."""
        try:
            outbox = self._open()
            if free_bytes(self._config.outbox.path) < self._config.outbox.low_water_bytes:
                return OutOfServiceReason.OUTBOX_FULL
            outbox.tidy()
            for destination in self._config.delivery.destinations.values():
                self._keys.key_of(destination.destination_id)
        except OutboxError as error:
            self.close()
            damaged = error.code == "OUTBOX-02"
            return OutOfServiceReason.OUTBOX_DAMAGED if damaged else OutOfServiceReason.FAULT
        except DeliveryError:
            return OutOfServiceReason.NO_DESTINATION_KEYS
        return None

    def close(self) -> None:
        """Close the outbox; the next call opens and checks it again."""
        if self._outbox is not None:
            self._outbox.close()
            self._outbox = None

    def _open(self) -> Outbox:
        if self._outbox is None:
            self._outbox = Outbox(self._config.outbox.path)
        return self._outbox

    def _row(self, application: Application, draft: Draft, destination: Destination, capture: Capture) -> NewRow:
        bound = self._config.delivery.destinations.get(destination.id)
        if bound is None:
            raise OutboxError("DELIV-05", f"destination {destination.id} is not configured")
        try:
            key = self._keys.key_of(bound.destination_id)
        except DeliveryError as error:
            raise OutboxError("DELIV-05", error.detail) from error
        clear = build(application, draft, destination, capture)
        return NewRow(
            id=clear.id,
            reference=clear.reference,
            destination=clear.destination,
            destination_id=bound.destination_id,
            department=clear.department,
            status_index=draft.status_index,
            created_day=application.today,
            sealed=seal_submission(clear, key),
        )
