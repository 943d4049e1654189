"""The pages of the inbox.

Rules
  1. What another department received does not exist here: 404, not 403.
  2. Clear text comes from the opening service for this one page and is never stored.
  3. A decision is a POST of its own and leads back to the case.
"""

from __future__ import annotations

import base64
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from kiosk.central.inbox import cases, lists
from kiosk.central.models import Submission
from kiosk.central.opening import client as opening
from kiosk.central.opening.wire import Denied
from kiosk.central.rejection import REASONS
from kiosk.errors import CATALOGUE, CentralError

SHOWN_AS_IS = frozenset({"application/pdf", "image/png", "image/jpeg"})
DECIDED = {"accept": "Vorgang übernommen.", "reject": "Vorgang abgelehnt."}
FAILURES = {
    "CENTRAL-02": "Der Schlüssel dieser Abteilung fehlt. Bitte die Technik verständigen.",
    "CENTRAL-03": "Diese Einreichung lässt sich nicht öffnen: Siegel, Prüfsumme oder Format stimmen nicht. "
    "Bitte die Technik verständigen; es wurde nichts gelöscht.",
    "CENTRAL-04": "Der Öffnungsdienst antwortet nicht. Einreichungen kommen weiter an, lassen sich gerade aber "
    "nicht lesen. Bitte später noch einmal versuchen.",
}


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The list alone."""
    view = lists.VIEWS.get(request.GET.get("view", "new"))
    if view is None:
        raise Http404
    context = _around(request, view) | {"offline": not opening.running()}
    return render(request, "inbox/inbox.html", context)


@login_required
@require_GET
def case(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """List and one case side by side. Reading is recorded by the opening service."""
    submission = _visible(request, submission_id)
    context = _around(request, lists.VIEW_OF[Submission.State(submission.state)])
    context |= {
        "submission": submission,
        "line": lists.line_of(submission),
        "history": cases.history(submission),
        "reasons": REASONS,
        "undecided": submission.state == Submission.State.SUBMITTED,
    }
    try:
        answer = opening.ask("open", submission=str(submission.pk), user=str(_user(request).pk))
        context["case"] = cases.case_view(answer)
    except CentralError as error:
        context |= _failure(error)
    except Denied as error:
        raise Http404 from error
    return render(request, "inbox/inbox.html", context)


@login_required
@require_GET
def attachment(request: HttpRequest, submission_id: UUID, attachment_id: UUID) -> HttpResponse:
    """One file, as a download."""
    submission = _visible(request, submission_id)
    try:
        answer = opening.ask(
            "attachment",
            submission=str(submission.pk),
            user=str(_user(request).pk),
            attachment=str(attachment_id),
        )
    except CentralError as error:
        return render(request, "inbox/fault.html", {"status": 503} | _failure(error), status=503)
    except Denied as error:
        raise Http404 from error
    kind = answer["mime_type"] if answer["mime_type"] in SHOWN_AS_IS else "application/octet-stream"
    response = HttpResponse(base64.b64decode(answer["content"]), content_type=kind)
    name = _safe_name(answer["filename"]) or f"{attachment_id}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@login_required
@require_POST
def accept(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    return _decide(request, submission_id, "accept", {})


@login_required
@require_POST
def reject(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    reason = request.POST.get("reason", "")
    if reason not in REASONS:
        messages.error(request, "Bitte einen Grund wählen.")
        return HttpResponseRedirect(reverse("case", args=[submission_id]))
    return _decide(request, submission_id, "reject", {"reason": reason})


def expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere (CSRF)."""
    return render(request, "inbox/fault.html", {"status": 403, "expired": True}, status=403)


def _decide(request: HttpRequest, submission_id: UUID, do: str, params: dict[str, str]) -> HttpResponse:
    submission = _visible(request, submission_id)
    try:
        answer = opening.ask(do, submission=str(submission.pk), user=str(_user(request).pk), **params)
    except CentralError as error:
        messages.error(request, _failure(error)["failure_text"])
    except Denied as error:
        raise Http404 from error
    else:
        if answer.get("decided"):
            messages.success(request, DECIDED[do])
        else:
            messages.error(request, "Über diesen Vorgang wurde schon entschieden.")
    return HttpResponseRedirect(reverse("case", args=[submission.pk]))


def _around(request: HttpRequest, view: lists.View) -> dict[str, Any]:
    """Navigation and list, the same on every page."""
    user = _user(request)
    chosen = lists.Filter(request.GET.get("procedure", ""), request.GET.get("card", ""))
    numbers = lists.counts(user)
    page = lists.page_of(user, view, chosen, request.GET.get("page", "1"))
    return {
        "view": view,
        "views": [(entry, numbers[entry.id]) for entry in lists.VIEWS.values()],
        "departments": user.departments.order_by("name"),
        "chosen": chosen,
        "procedures": lists.procedures(user, view),
        "page": page,
        "lines": [lists.line_of(submission) for submission in page],
    }


def _visible(request: HttpRequest, submission_id: UUID) -> Submission:
    submission = lists.visible_to(_user(request)).filter(pk=submission_id).first()
    if submission is None:
        raise Http404
    return submission


def _user(request: HttpRequest) -> User:
    """`login_required` has made sure that it is one."""
    return cast(User, request.user)


def _failure(error: CentralError) -> dict[str, str]:
    text = FAILURES.get(error.code, "Die Einreichung lässt sich gerade nicht öffnen.")
    return {"failure": error.code if error.code in CATALOGUE else "", "failure_text": text}


def _safe_name(name: str) -> str:
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "_" for letter in name)
    return kept.strip(".")[:100]
