"""How a call of the delivery service is answered: one table of methods per address.

Rules
  1. A call carries a bearer token unless its address is public.
  2. No client gets more than its share (throttle.spend).
  3. Whatever goes wrong leaves as a problem document; an unknown error is logged by type and place.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from kiosk.central import throttle
from kiosk.central.logs import describe
from kiosk.central.models import Client, Submission
from kiosk.central.service import oauth, registry
from kiosk.central.service.problems import Refusal, document
from kiosk.central.service.registry import KnownClient
from kiosk.central.service.versions import V1, V2, Version

LOG = logging.getLogger(__name__)

Handler = Callable[..., HttpResponse]
# Not reachable, closed meanwhile, or not (yet) migrated: PostgreSQL calls a missing table a programming error.
DATABASE_UNUSABLE = (OperationalError, InterfaceError, ProgrammingError)


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request."""

    request: HttpRequest
    known: KnownClient

    @property
    def client(self) -> Client:
        return self.known.row

    @property
    def version(self) -> Version:
        """How the client names things: its address says so."""
        return V1 if self.request.path.startswith(f"/{V1.id}/") else V2

    @property
    def actor(self) -> str:
        """The client, as audit records name it."""
        return f"client:{self.client.pk}"

    def must_be(self, role: str) -> None:
        if self.client.role != role:
            raise Refusal("access-denied", f"this call is for a {role}")

    def must_be_linked(self, destination_id: UUID) -> None:
        if destination_id in self.known.destinations:
            return
        now = registry.client(self.client.pk, sure=True)
        if now is None or destination_id not in now.destinations:
            raise Refusal("access-denied")

    def must_have_announced(self, submission: Submission) -> None:
        """Only who announced it adds to it: a terminal, or the subscriber that forwards."""
        if submission.client_id != self.client.pk:
            raise Refusal("access-denied")
        if self.client.role == Client.Role.SENDER:
            self.must_be_linked(submission.destination_id)

    def must_receive(self, submission: Submission) -> None:
        """For a subscriber of the destination."""
        self.must_be(Client.Role.SUBSCRIBER)
        self.must_be_linked(submission.destination_id)

    def must_see(self, submission: Submission) -> None:
        """For who sent it and for who receives it."""
        if submission.client_id == self.client.pk:
            self.must_have_announced(submission)
        else:
            self.must_receive(submission)


def endpoint(**handlers: Handler) -> Callable[..., HttpResponse]:
    """A view for one address; each handler takes a `Call` and the address's ids."""
    return _view(handlers, lambda handler, request, ids: handler(_call(request), **ids))


def public_endpoint(**handlers: Handler) -> Callable[..., HttpResponse]:
    """The same for everyone; each handler takes the request and the address's ids."""
    return _view(handlers, lambda handler, request, ids: handler(request, **ids))


def _call(request: HttpRequest) -> Call:
    known = oauth.client_of(request)
    if wait := throttle.spend(known.row.pk):
        raise Refusal("too-many-requests", headers={"Retry-After": str(wait)})
    return Call(request, known)


def _view(
    handlers: dict[str, Handler], run: Callable[[Handler, HttpRequest, dict[str, Any]], HttpResponse]
) -> Callable[..., HttpResponse]:
    @csrf_exempt
    def view(request: HttpRequest, **ids: Any) -> HttpResponse:
        handler = handlers.get("GET" if request.method == "HEAD" else str(request.method))
        try:
            if handler is None:
                raise Refusal("method-not-allowed", headers={"Allow": ", ".join(sorted(handlers))})
            return run(handler, request, ids)
        except Refusal as refusal:
            return document(request, refusal)
        except DATABASE_UNUSABLE as error:
            LOG.error("CENTRAL-01 database unusable: %s", describe(error))
            return document(request, Refusal("unavailable", headers={"Retry-After": "5"}))
        except Exception as error:  # the boundary of the service: a fault in one call ends that call only
            LOG.error("call failed: %s", describe(error))
            return document(request, Refusal("internal-error"))

    return view
