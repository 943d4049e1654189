"""Submissions: announced, completed, listed, read. The sealed parts pass through here and are never opened.

Rules
  1. A repeat with the same bytes succeeds, with other bytes it is a conflict. That is decided by the
     database (INSERT … ON CONFLICT DO NOTHING, then compare digests), never by looking first.
  2. State, event and audit entry change in the same transaction as the bytes.
"""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from kiosk.central import audit
from kiosk.central.models import Attachment, Case, Client, Destination, SealedContent, Submission
from kiosk.central.opening import client as opening
from kiosk.central.service import bodies, event_log
from kiosk.central.service.calls import Call, endpoint
from kiosk.central.service.destinations import find as find_destination
from kiosk.central.service.problems import Refusal
from kiosk.central.service.sealed import check_sealed
from kiosk.delivery.tokens import authentication_tag

LARGEST_PAGE = 500


def announce(call: Call) -> HttpResponse:
    """POST /v2/submissions."""
    call.must_be(Client.Role.SENDER)
    body = bodies.read_json(call.request)
    destination = find_destination(bodies.uuid_of(body.get("destinationId"), "destinationId"))
    call.must_be_linked(destination)
    if destination.status != Destination.Status.ACTIVE:
        raise Refusal("destination-state-invalid")
    announced = _announced(body.get("announcedAttachments", []))
    service = _public_service(body.get("publicService"), destination)
    with transaction.atomic():
        submission = Submission.objects.create(
            case=Case.objects.create(),
            destination=destination,
            client=call.client,
            announced=announced,
            public_service=service,
        )
        event_log.append(submission, "create-submission")
        audit.record(_actor(call), "submission.announced", submission.pk, {"attachments": len(announced)})
    return JsonResponse(_ids(submission), status=201)


def complete(call: Call, submission_id: UUID) -> HttpResponse:
    """PUT /v2/submissions/{id}: the final call; after it the submission counts as delivered."""
    call.must_be(Client.Role.SENDER)
    submission = find(submission_id)
    call.must_see(submission)
    body = bodies.read_json(call.request, bodies.SEALED_JSON_LIMIT_BYTES)
    metadata, data = bodies.text_of(body, "encryptedMetadata"), bodies.text_of(body, "encryptedData")
    for part in (metadata, data):
        check_sealed(part, submission.destination)
    digest = hashlib.sha256(f"{metadata} {data}".encode()).hexdigest()
    content = SealedContent(submission=submission, metadata=metadata, data=data, digest=digest, receipt=uuid4())
    with transaction.atomic():
        SealedContent.objects.bulk_create([content], ignore_conflicts=True)
        stored = SealedContent.objects.values("digest", "receipt").get(submission=submission)
        if stored["digest"] != digest:
            raise Refusal("submission-conflict")
        if stored["receipt"] == content.receipt:
            _submitted(call, submission, content)
    return JsonResponse(_summary(submission))


def listing(call: Call) -> HttpResponse:
    """GET /v2/submissions: those of one destination that are neither accepted nor rejected."""
    call.must_be(Client.Role.SUBSCRIBER)
    destination = find_destination(bodies.uuid_of(call.request.GET.get("destinationId"), "destinationId"))
    call.must_be_linked(destination)
    offset, limit = page_of(call.request)
    waiting = Submission.objects.filter(destination=destination, state=Submission.State.SUBMITTED)
    page = list(waiting.order_by("submitted_at", "pk")[offset : offset + limit])
    return JsonResponse(
        {
            "offset": offset,
            "count": len(page),
            "totalCount": waiting.count(),
            "submissions": [_ids(submission) for submission in page],
        }
    )


def read(call: Call, submission_id: UUID) -> HttpResponse:
    """GET /v2/submissions/{id} for the line-of-business system."""
    call.must_be(Client.Role.SUBSCRIBER)
    submission = find(submission_id)
    call.must_see(submission)
    sealed = SealedContent.objects.filter(submission=submission).first()
    if sealed is None:
        raise Refusal("submission-not-found")
    parts = {"encryptedMetadata": sealed.metadata, "encryptedData": sealed.data}
    return JsonResponse(_summary(submission) | parts)


def find(submission_id: UUID) -> Submission:
    """Raises Refusal submission-not-found."""
    submission = Submission.objects.select_related("destination").filter(pk=submission_id).first()
    if submission is None:
        raise Refusal("submission-not-found")
    return submission


def page_of(request: HttpRequest) -> tuple[int, int]:
    """Offset and limit of a list. Raises Refusal bad-request."""
    texts = request.GET.get("offset", "0"), request.GET.get("limit", "100")
    if not all(text.isascii() and text.isdecimal() and len(text) < 10 for text in texts):
        raise Refusal("bad-request", "offset and limit are whole numbers")
    return int(texts[0]), max(1, min(int(texts[1]), LARGEST_PAGE))


def _submitted(call: Call, submission: Submission, content: SealedContent) -> None:
    """Inside the transaction that stored the bytes, and only once."""
    arrived = dict(Attachment.objects.filter(submission=submission).values_list("attachment_id", "tag"))
    if {str(attachment_id) for attachment_id in arrived} != set(submission.announced):
        raise Refusal("attachments-missing")
    submission.state, submission.submitted_at = Submission.State.SUBMITTED, timezone.now()
    submission.save(update_fields=["state", "submitted_at"])
    tags = {
        "metadata": authentication_tag(content.metadata),
        "data": authentication_tag(content.data),
        "attachments": {str(attachment_id): tag for attachment_id, tag in arrived.items()},
    }
    event_log.append(submission, "submit-submission", {"authenticationTags": tags})
    audit.record(_actor(call), "submission.submitted", submission.pk, {"digest": content.digest})
    transaction.on_commit(opening.wake)


def _announced(value: object) -> list[str]:
    if not isinstance(value, list) or len(value) > bodies.MOST_ATTACHMENTS:
        raise Refusal("bad-request", f"announcedAttachments: a list of at most {bodies.MOST_ATTACHMENTS} is expected")
    ids = [str(bodies.uuid_of(item, "announcedAttachments")) for item in value]
    if len(set(ids)) != len(ids):
        raise Refusal("duplicate-attachment-ids")
    return ids


def _public_service(value: object, destination: Destination) -> dict[str, str]:
    if not isinstance(value, dict):
        raise Refusal("bad-request", "publicService: an object is expected")
    service = {"identifier": bodies.text_of(value, "identifier"), "name": bodies.text_of(value, "name")}
    offered = {item["identifier"] for item in destination.public_services}
    if offered and service["identifier"] not in offered:
        raise Refusal("public-service-not-offered")
    return service


def _ids(submission: Submission) -> dict[str, Any]:
    return {
        "submissionId": str(submission.pk),
        "caseId": str(submission.case_id),
        "destinationId": str(submission.destination_id),
    }


def _summary(submission: Submission) -> dict[str, Any]:
    return _ids(submission) | {
        "publicService": submission.public_service,
        "attachments": submission.announced,
    }


def _actor(call: Call) -> str:
    return f"client:{call.client.pk}"


collection_view = endpoint(GET=listing, POST=announce)
submission_view = endpoint(GET=read, PUT=complete)
