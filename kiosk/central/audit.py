"""Writes, seals and verifies the audit chain.

Rules
  1. `record` runs inside the caller's transaction: what is not recorded did not happen, and the reverse.
  2. Sealing is a step of its own (the opening service takes it twice a second), so that deliveries never wait
     for one another. Until then a record is protected by the database alone.
  3. Details are codes, counts and UUIDs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction
from django.utils import timezone

from kiosk.central.inserting import insert
from kiosk.central.models import AuditBatch, AuditHead, AuditRecord

START = "0" * 64
HEAD = 1
BATCH_LIMIT = 5000


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the chain is broken: number of the first wrong batch, of the record if one is known (else 0), and how."""

    batch: int
    record: int
    what: str


def record(actor: str, action: str, subject: object = "", detail: Mapping[str, object] | None = None) -> None:
    """Append one record. Must run inside a transaction."""
    insert(new(actor, action, subject, detail))


def new(actor: str, action: str, subject: object = "", detail: Mapping[str, object] | None = None) -> AuditRecord:
    """A record to be inserted together with what it records. Must be made inside a transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("an audit record belongs into the transaction of what it records")
    made = AuditRecord(at=timezone.now(), actor=actor, action=action, subject=str(subject), detail=dict(detail or {}))
    made.digest = digest_of(made.at, actor, action, made.subject, made.detail)
    return made


def digest_of(at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, object]) -> str:
    """SHA-256 over what a record says, in hex."""
    body = [at.astimezone(UTC).isoformat(timespec="microseconds"), actor, action, subject, detail]
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def seal() -> int:
    """Seal what was committed since the last batch, up to BATCH_LIMIT records; how many there were."""
    with transaction.atomic():
        head = AuditHead.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
        if (end := head.filter(id=HEAD).first()) is None:
            return 0  # another process is sealing
        waiting = AuditRecord.objects.filter(batch=None).order_by("id").values_list("id", "digest")[:BATCH_LIMIT]
        found = list(waiting)
        if found:
            _append(end, found)
    return len(found)


def verify() -> Fault | None:
    """Seal what waits, then the first fault of the chain, or None: nothing was changed, removed, added or reordered."""
    while seal() == BATCH_LIMIT:
        pass
    expected, previous = 1, START
    for batch in AuditBatch.objects.order_by("number").iterator(chunk_size=100):
        if fault := next(_faults(batch, expected, previous), None):
            return fault
        expected, previous = expected + 1, batch.hash
    head = AuditHead.objects.filter(id=HEAD).first()
    if head is None or (head.number, head.hash) != (expected - 1, previous):
        return Fault(expected, 0, "missing at the end")
    stray = AuditRecord.objects.filter(batch__gte=expected).order_by("id").first()
    return Fault(expected, stray.pk, "belongs to no batch") if stray else None


def link(previous: str, number: int, records: Iterable[Sequence[object]]) -> str:
    """The hash of a batch over pairs of record id and digest, in hex."""
    body = [previous, number, [list(pair) for pair in records]]
    return hashlib.sha256(json.dumps(body, separators=(",", ":")).encode()).hexdigest()


def _append(end: AuditHead, found: Sequence[tuple[int, str]]) -> None:
    ids, number = [record_id for record_id, _ in found], end.number + 1
    batch = AuditBatch(number=number, sealed_at=timezone.now(), records=ids, previous=end.hash)
    batch.hash = link(end.hash, number, found)
    batch.save(force_insert=True)
    AuditRecord.objects.filter(id__in=ids).update(batch=number)
    AuditHead.objects.filter(id=HEAD).update(number=number, hash=batch.hash)


def _faults(batch: AuditBatch, expected: int, previous: str) -> Iterator[Fault]:
    if batch.number != expected:
        yield Fault(expected, 0, "missing")
    if batch.previous != previous:
        yield Fault(expected, 0, "out of order")
    held = {entry.pk: entry for entry in AuditRecord.objects.filter(batch=batch.number)}
    for entry in held.values():
        if entry.digest != digest_of(entry.at, entry.actor, entry.action, entry.subject, entry.detail):
            yield Fault(expected, entry.pk, "changed")
    for number in batch.records:
        if number not in held:
            yield Fault(expected, number, "missing")
    for number in held:
        if number not in batch.records:
            yield Fault(expected, number, "added")
    if batch.hash != link(previous, expected, [(number, held[number].digest) for number in batch.records]):
        yield Fault(expected, 0, "out of order")
