"""The event log over HTTP: of one submission or of one case, read and added to.

A case holds more than one submission where one was forwarded. Its log is one for all who take part in it.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse

from kiosk.central.models import Case, Client, Submission
from kiosk.central.service import bodies, event_log, paging
from kiosk.central.service.calls import Call, endpoint
from kiosk.central.service.problems import Refusal
from kiosk.central.service.submissions import find


def read_of_submission(call: Call, submission_id: UUID) -> HttpResponse:
    submission = find(submission_id)
    call.must_see(submission)
    return _read(call, submission)


def read_of_case(call: Call, case_id: UUID) -> HttpResponse:
    return _read(call, _allowed(_of_case(case_id), call.must_see)[0].case)


def add_to_submission(call: Call, submission_id: UUID) -> HttpResponse:
    call.must_be(Client.Role.SUBSCRIBER)
    return _add(call, _allowed([find(submission_id)], call.must_receive))


def add_to_case(call: Call, case_id: UUID) -> HttpResponse:
    call.must_be(Client.Role.SUBSCRIBER)
    return _add(call, _allowed(_of_case(case_id), call.must_receive))


def _read(call: Call, subject: Submission | Case) -> HttpResponse:
    return paging.answer(call.request, "eventLog", event_log.of(subject), event_log.texts)


def _add(call: Call, submissions: list[Submission]) -> HttpResponse:
    token = bodies.read_jose(call.request, bodies.TOKEN_LIMIT_BYTES)
    event_log.receive_any(submissions, token, call.actor)
    return HttpResponse(status=204)


def _of_case(case_id: UUID) -> list[Submission]:
    found = list(Submission.objects.select_related("destination", "case").filter(case=case_id).order_by("created_at"))
    if not found:
        raise Refusal("case-not-found")
    return found


def _allowed(submissions: list[Submission], check: Callable[[Submission], None]) -> list[Submission]:
    """Those that pass. Raises Refusal access-denied if none does."""
    passed, refused = [], None
    for submission in submissions:
        try:
            check(submission)
        except Refusal as refusal:
            refused = refusal
        else:
            passed.append(submission)
    if refused is not None and not passed:
        raise refused
    return passed


submission_events_view = endpoint(GET=read_of_submission, POST=add_to_submission)
case_events_view = endpoint(GET=read_of_case, POST=add_to_case)
