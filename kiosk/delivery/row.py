"""One submission as the outbox keeps it: what is put, what is known of it, and along which moves it goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from kiosk.delivery.reference import read_reference
from kiosk.delivery.submission import SealedSubmission

HANDED_OVER = "OUTBOX-05"  # why a row is quarantined that another terminal delivers

COLUMNS = (
    "id, reference, destination, destination_id, department, status_index, created_day, settled_day, state,"
    " submission_id, case_id, attempts, next_attempt, last_error, digest, size_bytes"
)


class RowState(StrEnum):
    """How far one submission is on its way to the delivery service."""

    SEALED = "sealed"
    ANNOUNCED = "announced"
    UPLOADING = "uploading"
    SUBMITTED = "submitted"
    DELIVERED = "delivered"
    QUARANTINED = "quarantined"


UNDER_WAY = frozenset({RowState.SEALED, RowState.ANNOUNCED, RowState.UPLOADING, RowState.SUBMITTED})

# From which states `kiosk sync` may enter each state. Back to SEALED: the service forgot an announced submission.
# Back to UPLOADING: the service does not show the token yet, or no more, so the (repeatable) upload runs again. From
# DELIVERED to SEALED leads only `acknowledge_lost`, out of QUARANTINED only a technician's retry.
MOVES = MappingProxyType(
    {
        RowState.SEALED: UNDER_WAY,
        RowState.ANNOUNCED: frozenset({RowState.SEALED}),
        RowState.UPLOADING: frozenset({RowState.ANNOUNCED, RowState.UPLOADING, RowState.SUBMITTED, RowState.DELIVERED}),
        RowState.SUBMITTED: frozenset({RowState.UPLOADING}),
        RowState.DELIVERED: frozenset({RowState.SUBMITTED}),
        RowState.QUARANTINED: UNDER_WAY,
    }
)


@dataclass(frozen=True, slots=True)
class NewRow:
    """A sealed submission to be kept; with the service's ids if another terminal began to deliver it."""

    id: UUID
    reference: str
    destination: str
    destination_id: UUID
    department: str
    status_index: str = field(repr=False)
    created_day: date
    sealed: SealedSubmission
    submission_id: UUID | None = None
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What the outbox knows about one submission. `next_attempt` is seconds since 1970, 0 = at once."""

    id: UUID
    reference: str
    destination: str
    destination_id: UUID
    department: str
    status_index: str = field(repr=False)
    created_day: date
    settled_day: date | None
    state: RowState
    submission_id: UUID | None
    case_id: UUID | None
    attempts: int
    next_attempt: float
    last_error: str | None
    digest: str
    size_bytes: int

    def answers_to(self, name: str) -> bool:
        """Whether `name` is its reference, however typed, or the beginning of its id."""
        return bool(name) and (self.reference == read_reference(name) or str(self.id).startswith(name.lower()))

    @property
    def handed_over(self) -> bool:
        """Whether an export holds it, so that another terminal delivers it."""
        return self.state is RowState.QUARANTINED and self.last_error == HANDED_OVER


def read_row(*columns: Any) -> Row:
    """A row from COLUMNS, in their order. Raises ValueError or TypeError for what no outbox wrote."""
    own_id, reference, destination, destination_id, department, status_index, day, *rest = columns
    settled, state, submission_id, case_id, attempts, next_attempt, last_error, digest, size = rest
    return Row(
        id=UUID(own_id),
        reference=reference,
        destination=destination,
        destination_id=UUID(destination_id),
        department=department,
        status_index=status_index,
        created_day=date.fromisoformat(day),
        settled_day=date.fromisoformat(settled) if settled else None,
        state=RowState(state),
        submission_id=UUID(submission_id) if submission_id else None,
        case_id=UUID(case_id) if case_id else None,
        attempts=attempts,
        next_attempt=next_attempt,
        last_error=last_error,
        digest=digest,
        size_bytes=size,
    )
