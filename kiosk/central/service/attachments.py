"""Attachments of a submission, each one JWE: stored before the final call, read by subscribers."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse

from kiosk.central.models import Attachment, Client, Submission
from kiosk.central.service import bodies
from kiosk.central.service.calls import Call, endpoint
from kiosk.central.service.problems import Refusal
from kiosk.central.service.sealed import check_sealed
from kiosk.central.service.submissions import find
from kiosk.delivery.tokens import authentication_tag


def store(call: Call, submission_id: UUID, attachment_id: UUID) -> HttpResponse:
    """PUT: the same bytes again are fine at any time, other bytes or a late new one are a conflict."""
    call.must_be(Client.Role.SENDER)
    submission = find(submission_id)
    call.must_see(submission)
    if str(attachment_id) not in submission.announced:
        raise Refusal("attachment-not-announced")
    jwe = bodies.read_jose(call.request, bodies.ATTACHMENT_LIMIT_BYTES)
    check_sealed(jwe, submission.destination)
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
    return HttpResponse(status=204)


def read(call: Call, submission_id: UUID, attachment_id: UUID) -> HttpResponse:
    """GET: the JWE as text."""
    call.must_be(Client.Role.SUBSCRIBER)
    submission = find(submission_id)
    call.must_see(submission)
    attachment = Attachment.objects.filter(submission=submission, attachment_id=attachment_id).first()
    if attachment is None or submission.state == Submission.State.ANNOUNCED:
        raise Refusal("attachment-not-found")
    return HttpResponse(attachment.content, content_type="application/jose")


attachment_view = endpoint(GET=read, PUT=store)
