"""Every refusal of the delivery service as a problem document (RFC 9457), listed once.

A handler raises `Refusal`; calls.py turns it into the answer. Details never quote what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, JsonResponse

TYPE_PREFIX = "https://schema.fitko.de/fit-connect/submission-api/problems/"

PROBLEMS: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request is malformed"),
    "invalid-json": (400, "The body is not valid JSON"),
    "invalid-token": (401, "The access token is missing, wrong or expired"),
    "access-denied": (403, "The client is not linked to this resource"),
    "not-found": (404, "Nothing is here"),
    "destination-not-found": (404, "The destination is unknown"),
    "key-not-found": (404, "The key is unknown"),
    "submission-not-found": (404, "The submission is unknown"),
    "case-not-found": (404, "The case is unknown"),
    "attachment-not-found": (404, "The attachment is unknown"),
    "code-not-found": (404, "Nothing is known under this code"),
    "method-not-allowed": (405, "The method is not allowed here"),
    "request-timeout": (408, "The request did not arrive in time"),
    "length-required": (411, "Content-Length is required"),
    "submission-conflict": (409, "The submission exists with other content"),
    "attachment-conflict": (409, "The attachment exists with other content"),
    "submission-state-invalid": (409, "The submission's state does not allow this"),
    "content-too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The media type is not supported"),
    "destination-state-invalid": (422, "The destination does not accept submissions"),
    "public-service-not-offered": (422, "The destination does not offer this public service"),
    "duplicate-attachment-ids": (422, "An attachment is announced more than once"),
    "attachment-not-announced": (422, "The attachment was not announced"),
    "attachments-missing": (422, "Announced attachments have not arrived"),
    "encryption-invalid": (422, "The sealed part is not acceptable"),
    "event-invalid": (422, "The security event token is not acceptable"),
    "too-many-requests": (429, "Too many requests"),
    "internal-error": (500, "The service failed"),
    "unavailable": (503, "The service is busy"),
}


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """A request is refused for the reason `name`, one of PROBLEMS."""

    def __init__(self, name: str, detail: str = "", headers: Mapping[str, str] | None = None) -> None:
        self.name, self.detail, self.headers = name, detail, dict(headers or {})
        super().__init__(name)

    @property
    def status(self) -> int:
        return PROBLEMS[self.name][0]


def document(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal as an answer."""
    status, title = PROBLEMS[refusal.name]
    body = {"type": TYPE_PREFIX + refusal.name, "title": title, "status": status, "instance": request.path}
    if refusal.detail:
        body["detail"] = refusal.detail
    return JsonResponse(body, status=status, content_type="application/problem+json", headers=refusal.headers)
