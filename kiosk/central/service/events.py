"""The event log over HTTP: of one submission or of one case, read and added to."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, JsonResponse

from kiosk.central.models import Client, Submission
from kiosk.central.service import bodies, event_log
from kiosk.central.service.calls import Call, endpoint
from kiosk.central.service.problems import Refusal
from kiosk.central.service.submissions import find, page_of


def read_of_submission(call: Call, submission_id: UUID) -> HttpResponse:
    return _read(call, find(submission_id))


def read_of_case(call: Call, case_id: UUID) -> HttpResponse:
    return _read(call, _of_case(case_id))


def add_to_submission(call: Call, submission_id: UUID) -> HttpResponse:
    return _add(call, find(submission_id))


def add_to_case(call: Call, case_id: UUID) -> HttpResponse:
    return _add(call, _of_case(case_id))


def _read(call: Call, submission: Submission) -> HttpResponse:
    call.must_see(submission)
    offset, limit = page_of(call.request)
    events = event_log.of(submission)
    tokens = event_log.texts(events[offset : offset + limit])
    return JsonResponse(
        {"offset": offset, "count": len(tokens), "totalCount": events.count(), "eventLog": tokens},
    )


def _add(call: Call, submission: Submission) -> HttpResponse:
    call.must_be(Client.Role.SUBSCRIBER)
    call.must_see(submission)
    token = bodies.read_jose(call.request, bodies.TOKEN_LIMIT_BYTES)
    event_log.receive(submission, token, f"client:{call.client.pk}")
    return HttpResponse(status=204)


def _of_case(case_id: UUID) -> Submission:
    """A case holds one submission as long as nothing is forwarded or asked back."""
    submission = Submission.objects.select_related("destination").filter(case=case_id).order_by("created_at").first()
    if submission is None:
        raise Refusal("case-not-found")
    return submission


submission_events_view = endpoint(GET=read_of_submission, POST=add_to_submission)
case_events_view = endpoint(GET=read_of_case, POST=add_to_case)
