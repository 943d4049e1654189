"""What a delivery changes in the database: announced, attachments, the final parts, and handed to somebody else.

Rules
  1. A repeat with the same bytes succeeds, with other bytes it is a conflict. That is decided by the
     database (UPDATE … WHERE announced, INSERT … ON CONFLICT DO NOTHING; then compare digests), never by looking first.
  2. State, event and audit entry change in the same transaction as the bytes.
  3. Forwarding is a delivery like any other: who holds the destination's key opens the parts, seals them to the
     other destination and delivers them in the same case. With its final call, and in that transaction, the first
     submission becomes `forwarded` and the service says so (forward-submission); broken off before, nothing happened.

Who may call is decided before (calls.py); the sealed parts pass through here and are never opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kiosk.central import audit
from kiosk.central.inserting import insert
from kiosk.central.models import Attachment, Case, Client, Destination, SealedContent, Submission
from kiosk.central.opening import client as opening
from kiosk.central.service import event_log
from kiosk.central.service.destinations import known
from kiosk.central.service.problems import Refusal
from kiosk.central.service.sealed import check_sealed
from kiosk.delivery.submission import SealedSubmission
from kiosk.delivery.tokens import authentication_tag


@dataclass(frozen=True, slots=True)
class Announcement:
    """What will come, from whom. `service` is {identifier, name}; `forwards` the submission it takes the place of."""

    client: Client
    destination: Destination
    service: Mapping[str, str]
    attachments: Sequence[str]
    forwards: Submission | None = None


def announce(said: Announcement, actor: str) -> Submission:
    """Raises Refusal destination-state-invalid, public-service-not-offered, or what `_check_forward` raises."""
    if said.destination.status != Destination.Status.ACTIVE:
        raise Refusal("destination-state-invalid")
    offered = {item["identifier"] for item in said.destination.public_services}
    if offered and said.service["identifier"] not in offered:
        raise Refusal("public-service-not-offered")
    if said.forwards is not None:
        _check_forward(said.forwards, said.destination)
    case = Case() if said.forwards is None else said.forwards.case
    submission = Submission(
        case=case,
        destination=said.destination,
        client=said.client,
        forwards=said.forwards,
        announced=list(said.attachments),
        public_service=dict(said.service),
    )
    with transaction.atomic():
        created = event_log.new(submission, "create-submission")
        recorded = audit.new(actor, "submission.announced", submission.pk, {"attachments": len(said.attachments)})
        insert(*([case] if said.forwards is None else []), submission, created, recorded)
    return submission


def put_attachment(submission: Submission, attachment_id: UUID, jwe: str) -> None:
    """Raises Refusal encryption-invalid, attachment-not-announced or attachment-conflict."""
    if str(attachment_id) not in submission.announced:
        raise Refusal("attachment-not-announced")
    check_sealed(known(submission.destination_id), jwe)
    digest = hashlib.sha256(jwe.encode()).hexdigest()
    attachment = Attachment(
        submission=submission,
        attachment_id=attachment_id,
        content=jwe,
        digest=digest,
        tag=authentication_tag(jwe),
    )
    with transaction.atomic():
        Attachment.objects.bulk_create([attachment], ignore_conflicts=True)
        stored = Attachment.objects.filter(submission=submission, attachment_id=attachment_id)
        if stored.values_list("digest", flat=True).get() != digest:
            raise Refusal("attachment-conflict")


def put_parts(submission: Submission, metadata: str, data: str, actor: str) -> None:
    """The final step; after it the submission counts as delivered.

    Raises Refusal encryption-invalid, attachments-missing or submission-conflict, submission-not-found where it was
    dropped meanwhile, submission-state-invalid where what it forwards was decided meanwhile.
    """
    check_sealed(known(submission.destination_id), metadata, data)
    digest = hashlib.sha256(f"{metadata} {data}".encode()).hexdigest()
    content = SealedContent(submission=submission, metadata=metadata, data=data, digest=digest)
    with transaction.atomic():
        announced = Submission.objects.filter(pk=submission.pk, state=Submission.State.ANNOUNCED)
        if announced.update(state=Submission.State.SUBMITTED, submitted_at=timezone.now(), unopened=True):
            _submitted(submission, content, actor)
            return
    stored = SealedContent.objects.filter(submission=submission).values_list("digest", flat=True).first()
    if stored is None:
        raise Refusal("submission-not-found")
    if stored != digest:
        raise Refusal("submission-conflict")


def forward(origin: Submission, destination: Destination, sealed: SealedSubmission, actor: str) -> Submission:
    """Hand a submission on, all steps at once: for a member of staff, whose department's key is at hand.

    `sealed` are its parts, sealed to `destination`. Raises Refusal as the single steps do.
    """
    service = {"identifier": sealed.service.identifier, "name": sealed.service.name}
    attachments = [str(attachment_id) for attachment_id in sealed.attachments]
    with transaction.atomic():
        made = announce(Announcement(origin.client, destination, service, attachments, forwards=origin), actor)
        for attachment_id, jwe in sealed.attachments.items():
            put_attachment(made, attachment_id, jwe)
        put_parts(made, sealed.metadata, sealed.data, actor)
    return made


def _check_forward(origin: Submission, destination: Destination) -> None:
    if origin.state != Submission.State.SUBMITTED:
        raise Refusal("submission-state-invalid")
    if origin.destination_id == destination.pk:
        raise Refusal("destination-state-invalid", "it is there already")


def _submitted(submission: Submission, content: SealedContent, actor: str) -> None:
    """Inside the transaction that made it submitted, and only once."""
    arrived: dict[UUID, str] = {}
    if submission.announced:
        arrived = dict(Attachment.objects.filter(submission=submission).values_list("attachment_id", "tag"))
    if {str(attachment_id) for attachment_id in arrived} != set(submission.announced):
        raise Refusal("attachments-missing")
    tags: dict[str, Any] = {
        "metadata": authentication_tag(content.metadata),
        "data": authentication_tag(content.data),
        "attachments": {str(attachment_id): tag for attachment_id, tag in arrived.items()},
    }
    received = event_log.new(submission, "submit-submission", {"authenticationTags": tags})
    recorded = audit.new(actor, "submission.submitted", submission.pk, {"digest": content.digest})
    insert(content, received, recorded)
    if submission.forwards is not None:
        _handed_over(submission.forwards, submission, actor)
    transaction.on_commit(opening.wake)


def _handed_over(origin: Submission, submission: Submission, actor: str) -> None:
    waiting = Submission.objects.filter(pk=origin.pk, state=Submission.State.SUBMITTED)
    if not waiting.update(state=Submission.State.FORWARDED, decided_at=timezone.now()):
        raise Refusal("submission-state-invalid")
    to = {"destinationId": str(submission.destination_id), "submissionId": str(submission.pk)}
    event_log.append(origin, "forward-submission", to)
    audit.record(actor, "forward-submission", origin.pk, to)
