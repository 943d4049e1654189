"""Writes and verifies the audit chain.

Rules
  1. `record` runs inside the caller's transaction: what is not recorded did not happen, and the reverse.
  2. Details are codes, counts and UUIDs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC

from django.db import connection
from django.utils import timezone

from kiosk.central.models import AuditEntry, AuditHead

START = "0" * 64
HEAD = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the chain is broken: the number of the first wrong entry, and how."""

    number: int
    what: str


def record(actor: str, action: str, subject: object = "", detail: Mapping[str, object] | None = None) -> None:
    """Append one entry. Must run inside a transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("an audit entry belongs into the transaction of what it records")
    head = AuditHead.objects.select_for_update().get(id=HEAD)
    entry = AuditEntry(
        number=head.number + 1,
        at=timezone.now(),
        actor=actor,
        action=action,
        subject=str(subject),
        detail=dict(detail or {}),
        previous=head.hash,
    )
    entry.hash = seal_of(entry)
    entry.save()
    AuditHead.objects.filter(id=HEAD).update(number=entry.number, hash=entry.hash)


def verify() -> Fault | None:
    """The first fault of the chain, or None if nothing was changed, removed, added or reordered."""
    expected, previous = 1, START
    for entry in AuditEntry.objects.order_by("number").iterator(chunk_size=1000):
        if fault := next(_faults(entry, expected, previous), None):
            return fault
        expected, previous = expected + 1, entry.hash
    head = AuditHead.objects.filter(id=HEAD).first()
    number, end = (head.number, head.hash) if head else (0, START)
    if (number, end) != (expected - 1, previous):
        return Fault(expected, "missing at the end")
    return None


def seal_of(entry: AuditEntry) -> str:
    """SHA-256 over the previous hash and the entry, in hex."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    body = [entry.previous, entry.number, at, entry.actor, entry.action, entry.subject, entry.detail]
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _faults(entry: AuditEntry, expected: int, previous: str) -> Iterator[Fault]:
    if entry.number != expected:
        yield Fault(expected, "missing")
    if entry.previous != previous:
        yield Fault(entry.number, "out of order")
    if entry.hash != seal_of(entry):
        yield Fault(entry.number, "changed")
