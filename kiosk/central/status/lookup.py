"""POST /status/lookup: a token derived from the application code -> how far each submission is.

Rules
  1. The token is what it takes; a reference opens nothing. The answer names departments, nobody else.
  2. Wrong guesses are slowed down per address.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from kiosk.application import CaseState
from kiosk.central import throttle
from kiosk.central.models import Opened, Submission
from kiosk.central.service.bodies import read_json, text_of
from kiosk.central.service.calls import public_endpoint
from kiosk.central.service.problems import Refusal
from kiosk.delivery.reference import status_index

THROTTLE = "status"
STATES = {
    Submission.State.SUBMITTED: CaseState.ARRIVED,
    Submission.State.ACCEPTED: CaseState.ACCEPTED,
    Submission.State.REJECTED: CaseState.REJECTED,
}


def look_up(request: HttpRequest) -> HttpResponse:
    if wait := throttle.wait_s(THROTTLE, request):
        raise Refusal("too-many-requests", headers={"Retry-After": str(wait)})
    token = text_of(read_json(request), "token")
    try:
        index = status_index(token)
    except ValueError as error:
        throttle.miss(THROTTLE, request)
        raise Refusal("bad-request", "token: 64 hex digits are expected") from error
    known = Opened.objects.filter(status_index=index).select_related("submission__destination__department")
    found = known.exclude(submission__state=Submission.State.FORWARDED)  # its successor has the same index
    entries = [_entry(opened) for opened in found.order_by("submission__destination__department__name")]
    if not entries:
        throttle.miss(THROTTLE, request)
        raise Refusal("code-not-found")
    return JsonResponse({"entries": entries})


def _entry(opened: Opened) -> dict[str, str]:
    submission = opened.submission
    department = submission.destination.department
    since = submission.decided_at or submission.submitted_at or submission.created_at
    return {
        "department": department.name,
        "state": STATES[Submission.State(submission.state)].value,
        "since": since.isoformat(),
        "phone": department.phone,
        "reference": opened.reference,
    }


lookup_view = public_endpoint(POST=look_up)
