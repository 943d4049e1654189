"""How a call of the delivery service is answered: one table of methods per address.

Rules
  1. A call carries a bearer token unless its address is public.
  2. Whatever goes wrong leaves as a problem document; an unknown error is logged by type and place.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from kiosk.central.logs import describe
from kiosk.central.models import Client, Destination, Submission
from kiosk.central.service import oauth
from kiosk.central.service.problems import Refusal, document

LOG = logging.getLogger(__name__)

Handler = Callable[..., HttpResponse]
# Not reachable, closed meanwhile, or not (yet) migrated: PostgreSQL calls a missing table a programming error.
DATABASE_UNUSABLE = (OperationalError, InterfaceError, ProgrammingError)


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request."""

    request: HttpRequest
    client: Client

    def must_be(self, role: str) -> None:
        if self.client.role != role:
            raise Refusal("access-denied", f"this call is for a {role}")

    def must_be_linked(self, destination: Destination) -> None:
        if not self.client.destinations.filter(pk=destination.pk).exists():
            raise Refusal("access-denied")

    def must_see(self, submission: Submission) -> None:
        """A sender sees what it sent itself, a subscriber what its destinations received."""
        if self.client.role == Client.Role.SENDER and submission.client_id != self.client.pk:
            raise Refusal("access-denied")
        self.must_be_linked(submission.destination)


def endpoint(**handlers: Handler) -> Callable[..., HttpResponse]:
    """A view for one address; each handler takes a `Call` and the address's ids."""
    return _view(handlers, lambda handler, request, ids: handler(Call(request, oauth.client_of(request)), **ids))


def public_endpoint(**handlers: Handler) -> Callable[..., HttpResponse]:
    """The same for everyone; each handler takes the request and the address's ids."""
    return _view(handlers, lambda handler, request, ids: handler(request, **ids))


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
