"""Answers where no view answers: problem documents for programs, a plain page for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from kiosk.central.inbox.context import town
from kiosk.central.service.problems import Refusal, document

PROGRAM_PATHS = ("/v1/", "/v2/", "/token", "/.well-known/", "/openapi.json", "/status/")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, "bad-request")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, "access-denied")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, "not-found")


def failed(request: HttpRequest) -> HttpResponse:
    """Shows nobody's name: with a broken database even asking who is logged in would fail."""
    refusal = Refusal("internal-error")
    if request.path.startswith(PROGRAM_PATHS):
        return document(request, refusal)
    page = render_to_string("inbox/fault.html", town(request) | {"status": refusal.status})
    return HttpResponse(page, status=refusal.status)


def _answer(request: HttpRequest, name: str) -> HttpResponse:
    refusal = Refusal(name)
    if request.path.startswith(PROGRAM_PATHS):
        return document(request, refusal)
    return render(request, "inbox/fault.html", {"status": refusal.status}, status=refusal.status)
