"""Submissions over HTTP: announced, completed, listed, read. What they change is deliveries.py's business."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse

from kiosk.central.models import Client, SealedContent, Submission
from kiosk.central.service import bodies, deliveries, event_log, paging
from kiosk.central.service.calls import Call, endpoint
from kiosk.central.service.destinations import known as known_destination
from kiosk.central.service.problems import Refusal

FIND = "SELECT * FROM central_submission WHERE id = %s"
LONGEST_IDENTIFIER = 255
LONGEST_NAME = 500
LONGEST_REGION = 20


def announce(call: Call) -> HttpResponse:
    """POST /v2/submissions. With `forwardedSubmissionId` a subscriber hands on what it has received."""
    body = bodies.read_json(call.request)
    destination = known_destination(bodies.uuid_of(body.get("destinationId"), "destinationId"))
    origin = _origin(call, body)
    if origin is None:
        call.must_be(Client.Role.SENDER)
        call.must_be_linked(destination.row.pk)
    bodies.optional_text_of(body, "region", LONGEST_REGION)
    said = deliveries.Announcement(
        client=call.client,
        destination=destination.row,
        service=_service(body.get(call.version.service), call.version.service),
        attachments=_announced(body.get("announcedAttachments", [])),
        forwards=origin,
    )
    return JsonResponse(_ids(deliveries.announce(said, call.actor)), status=201)


def complete(call: Call, submission_id: UUID) -> HttpResponse:
    """PUT /v2/submissions/{id}: the final call; after it the submission counts as delivered."""
    submission = find(submission_id)
    call.must_have_announced(submission)
    body = bodies.read_json(call.request, bodies.SEALED_JSON_LIMIT_BYTES)
    metadata, data = bodies.text_of(body, "encryptedMetadata"), bodies.text_of(body, "encryptedData")
    deliveries.put_parts(submission, metadata, data, call.actor)
    return JsonResponse(_summary(call, submission))


def listing(call: Call) -> HttpResponse:
    """GET /v2/submissions: what waits for this subscriber, at one destination or at all of its own."""
    call.must_be(Client.Role.SUBSCRIBER)
    waiting = _received(call).filter(state=Submission.State.SUBMITTED).order_by("submitted_at", "pk")
    return paging.answer(call.request, "submissions", waiting, lambda page: [_ids(submission) for submission in page])


def read(call: Call, submission_id: UUID) -> HttpResponse:
    """GET /v2/submissions/{id} for the line-of-business system."""
    submission = find(submission_id)
    call.must_receive(submission)
    sealed = SealedContent.objects.filter(submission=submission).exclude(metadata="").first()
    if sealed is None:
        raise Refusal("submission-not-found")
    event_log.notify(submission)
    parts = {"encryptedMetadata": sealed.metadata, "encryptedData": sealed.data}
    return JsonResponse(_summary(call, submission) | parts)


def find(submission_id: UUID) -> Submission:
    """Raises Refusal submission-not-found."""
    key = Submission._meta.pk.get_db_prep_value(submission_id, connection)
    submission = next(iter(Submission.objects.raw(FIND, [key])), None)  # the ORM would write it anew for every call
    if submission is None:
        raise Refusal("submission-not-found")
    submission.destination = known_destination(submission.destination_id).row
    return submission


def _received(call: Call) -> QuerySet[Submission]:
    if "destinationId" not in call.request.GET:
        return Submission.objects.filter(destination__in=list(call.known.destinations))
    destination = known_destination(bodies.uuid_of(call.request.GET["destinationId"], "destinationId")).row
    call.must_be_linked(destination.pk)
    return Submission.objects.filter(destination=destination)


def _origin(call: Call, body: dict[str, Any]) -> Submission | None:
    if "forwardedSubmissionId" not in body:
        return None
    origin = find(bodies.uuid_of(body["forwardedSubmissionId"], "forwardedSubmissionId"))
    call.must_receive(origin)
    return origin


def _announced(value: object) -> list[str]:
    if not isinstance(value, list) or len(value) > bodies.MOST_ATTACHMENTS:
        raise Refusal("bad-request", f"announcedAttachments: a list of at most {bodies.MOST_ATTACHMENTS} is expected")
    ids = [str(bodies.uuid_of(item, "announcedAttachments")) for item in value]
    if len(set(ids)) != len(ids):
        raise Refusal("duplicate-attachment-ids")
    return ids


def _service(value: object, key: str) -> dict[str, str]:
    """Its name may be missing: some clients know the identifier only."""
    if not isinstance(value, dict):
        raise Refusal("bad-request", f"{key}: an object is expected")
    return {
        "identifier": bodies.text_of(value, "identifier", LONGEST_IDENTIFIER),
        "name": bodies.optional_text_of(value, "name", LONGEST_NAME),
    }


def _ids(submission: Submission) -> dict[str, Any]:
    return {
        "submissionId": str(submission.pk),
        "caseId": str(submission.case_id),
        "destinationId": str(submission.destination_id),
    }


def _summary(call: Call, submission: Submission) -> dict[str, Any]:
    return _ids(submission) | {
        call.version.service: submission.public_service,
        "attachments": submission.announced,
    }


collection_view = endpoint(GET=listing, POST=announce)
submission_view = endpoint(GET=read, PUT=complete)
