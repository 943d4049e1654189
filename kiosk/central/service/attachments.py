"""Attachments of a submission, each one JWE: stored before the final call, read by subscribers."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse

from kiosk.central.models import Attachment, Submission
from kiosk.central.service import bodies, deliveries
from kiosk.central.service.calls import Call, endpoint
from kiosk.central.service.problems import Refusal
from kiosk.central.service.submissions import find


def store(call: Call, submission_id: UUID, attachment_id: UUID) -> HttpResponse:
    """PUT: the same bytes again are fine at any time, other bytes are a conflict."""
    submission = find(submission_id)
    call.must_have_announced(submission)
    jwe = bodies.read_jose(call.request, bodies.ATTACHMENT_LIMIT_BYTES)
    deliveries.put_attachment(submission, attachment_id, jwe)
    return HttpResponse(status=204)


def read(call: Call, submission_id: UUID, attachment_id: UUID) -> HttpResponse:
    """GET: the JWE as text."""
    submission = find(submission_id)
    call.must_receive(submission)
    attachment = Attachment.objects.filter(submission=submission, attachment_id=attachment_id).first()
    if attachment is None or not attachment.content or submission.state == Submission.State.ANNOUNCED:
        raise Refusal("attachment-not-found")
    return HttpResponse(attachment.content, content_type="application/jose")


attachment_view = endpoint(GET=read, PUT=store)
