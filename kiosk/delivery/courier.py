"""Takes one submission from wherever it is to delivered, and can be killed between any two lines.

Rules
  1. What the service said is stored before the next call is made.
  2. Delivered means: a `submit-submission` token of the service, verified, over exactly our bytes. No
     status code proves anything.
  3. Announcing is the one call that cannot be repeated: what a lost answer leaves behind is an empty
     announcement, which the service drops after a day.

When to try again, and what a failure means for the other submissions, is sync.py's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID

from jwcrypto.jwk import JWK

from kiosk.delivery.fitconnect import FitConnect, RefusedError
from kiosk.delivery.outbox import Outbox, Row, RowState
from kiosk.delivery.submission import SealedSubmission
from kiosk.delivery.tokens import SecurityEvent, verify_event
from kiosk.errors import DeliveryError, OutboxError

T = TypeVar("T")
SUBMITTED_EVENT = "submit-submission"


class Ask(Protocol):
    """Runs work on the outbox's own thread and waits for it."""

    def __call__(self, work: Callable[[Outbox], T], /) -> T: ...


def utc_today() -> date:
    return datetime.now(UTC).date()


class Courier:
    """One client, one submission at a time. Runs on a worker thread."""

    def __init__(self, client: FitConnect, ask: Ask, today: Callable[[], date] = utc_today) -> None:
        self._client = client
        self._ask = ask
        self._today = today
        self._keys: Mapping[str, JWK] = {}

    def deliver(self, row_id: UUID) -> None:
        """Raises DeliveryError (see kiosk/errors.py) or OutboxError; the outbox says how far it came."""
        sealed = self._ask(lambda box: box.sealed(row_id))
        row = self._row(row_id)
        try:
            if row.state is RowState.SEALED:
                row = self._announce(row, sealed)
            if row.state in (RowState.ANNOUNCED, RowState.UPLOADING):
                row = self._upload(row, sealed)
            if row.state is RowState.SUBMITTED:
                self._confirm(row, sealed)
        except RefusedError as error:
            if error.incomplete:
                raise DeliveryError("DELIV-01", "attachments did not arrive") from error
            if not error.forgotten:
                raise
            self._ask(lambda box: box.acknowledge(row_id, RowState.SEALED))
            raise DeliveryError("DELIV-01", "the service no longer knows the announcement") from error

    def look_for_lost(self) -> int:
        """How many delivered submissions the service no longer holds; they go their way again.

        One it forgot is announced anew. One it knows without the proof is uploaded again under its ids, which changes
        nothing where it is held all the same. Raises DeliveryError or OutboxError; what was found stays found.
        """
        lost, after = 0, None
        while rows := self._ask(partial(Outbox.delivered_rows, after=after)):
            lost += sum(not self._still_held(row) for row in rows)
            after = rows[-1].id
        return lost

    def _still_held(self, row: Row) -> bool:
        sealed = self._ask(lambda box: box.sealed(row.id))
        try:
            if self._proven(row, sealed):
                return True
        except RefusedError as error:
            if not error.forgotten:
                raise
            self._ask(lambda box: box.acknowledge_lost(row.id))
        else:
            self._ask(lambda box: box.acknowledge(row.id, RowState.UPLOADING))
        return False

    def _announce(self, row: Row, sealed: SealedSubmission) -> Row:
        ids = self._client.announce(row.destination_id, sealed.service, tuple(sealed.attachments))
        self._ask(lambda box: box.acknowledge_announced(row.id, ids.submission_id, ids.case_id))
        return self._row(row.id)

    def _upload(self, row: Row, sealed: SealedSubmission) -> Row:
        """All parts. A service that refuses them is asked first whether it holds them already."""
        submission_id, _ = _remote(row)
        self._ask(lambda box: box.acknowledge(row.id, RowState.UPLOADING))
        try:
            for attachment_id, jwe in sealed.attachments.items():
                self._client.put_attachment(submission_id, attachment_id, jwe)
            self._client.put_submission(submission_id, sealed.metadata, sealed.data)
        except RefusedError as error:
            if error.code != "DELIV-03" or not self._proven(row, sealed):
                raise
        self._ask(lambda box: box.acknowledge(row.id, RowState.SUBMITTED))
        return self._row(row.id)

    def _confirm(self, row: Row, sealed: SealedSubmission) -> None:
        if not self._proven(row, sealed):
            self._ask(lambda box: box.acknowledge(row.id, RowState.UPLOADING))
            raise DeliveryError("DELIV-04", "no token over these bytes")
        self._ask(lambda box: box.acknowledge_delivered(row.id, self._today()))

    def _proven(self, row: Row, sealed: SealedSubmission) -> bool:
        """Whether the event log holds the token; with fresh service keys if the known ones do not show it."""
        tokens = self._client.events(_remote(row)[0])
        if self._keys and _shows(tokens, self._keys, row, sealed):
            return True
        self._keys = self._client.service_keys()
        return _shows(tokens, self._keys, row, sealed)

    def _row(self, row_id: UUID) -> Row:
        row = self._ask(lambda box: box.row(row_id))
        if row is None:
            raise OutboxError("OUTBOX-02", "the row is gone")
        return row


def _shows(tokens: tuple[str, ...], keys: Mapping[str, JWK], row: Row, sealed: SealedSubmission) -> bool:
    return any(_is_receipt(event, row, sealed) for token in tokens if (event := _verified(token, keys)))


def _verified(token: str, keys: Mapping[str, JWK]) -> SecurityEvent | None:
    """None for what the service did not sign: a subscriber's event, for instance."""
    try:
        return verify_event(token, keys)
    except DeliveryError:
        return None


def _is_receipt(event: SecurityEvent, row: Row, sealed: SealedSubmission) -> bool:
    return (
        event.name == SUBMITTED_EVENT
        and (event.submission_id, event.case_id) == _remote(row)
        and event.payload.get("authenticationTags") == sealed.tags
    )


def _remote(row: Row) -> tuple[UUID, UUID]:
    if row.submission_id is None or row.case_id is None:
        raise OutboxError("OUTBOX-02", "announced without ids")
    return row.submission_id, row.case_id
