"""Access tokens for clients: OAuth 2.0 client credentials (RFC 6749 §4.4) by oauthlib.

Rules
  1. The secret comes in the form body (client_secret_post), never by Basic.
  2. A token is signed, lives ten minutes and is not stored; a revoked client is refused within a second,
     because every call looks the client up (registry.py).
  3. Wrong secrets are slowed down per address.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from oauthlib.oauth2 import BackendApplicationServer, RequestValidator

from kiosk.central import throttle
from kiosk.central.models import Client
from kiosk.central.service import registry
from kiosk.central.service.bodies import read_form
from kiosk.central.service.problems import Refusal
from kiosk.central.service.registry import KnownClient

# oauthlib wants addresses; a token counts for the whole service, and never comes in a query.
TOKEN_PATH = "/token"  # noqa: S105 - an address
API_PATH = "/v2"
LIFETIME_S = 600
TOKENS_KEPT = 2000
SALT = "kiosk.central.access-token"
THROTTLE = "client-secret"
HTTP_UNAUTHORIZED = 401


class Validator(RequestValidator):  # type: ignore[misc]  # oauthlib ships no types
    """Answers oauthlib's questions about clients and tokens."""

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        return True

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        known = registry.client(str(getattr(request, "client_id", None) or ""))
        secret = str(getattr(request, "client_secret", None) or "")
        if known is None or not known.row.has_secret(secret):
            return False
        client = known.row
        request.client, request.client_id = client, client.pk
        client.client_id = client.pk  # type: ignore[attr-defined]  # oauthlib asks for it
        return True

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Any, request: Any, *a: Any, **k: Any
    ) -> bool:
        return grant_type == "client_credentials"

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        return _scopes(request.client)

    def validate_scopes(self, client_id: str, scopes: list[str], client: Any, request: Any, *a: Any, **k: Any) -> bool:
        return set(scopes) <= set(_scopes(client))

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        """Nothing is stored: the token proves itself."""

    def validate_bearer_token(self, token: str, scopes: list[str], request: Any) -> bool:
        client_id = _named_by(token or "", int(time.monotonic()))
        request.client = None if client_id is None else registry.client(client_id)
        return request.client is not None


def token(request: HttpRequest) -> HttpResponse:
    """POST /token."""
    if wait := throttle.wait_s(THROTTLE, request):
        raise Refusal("too-many-requests", headers={"Retry-After": str(wait)})
    body = read_form(request)
    try:
        headers, answer, status = SERVER.create_token_response(TOKEN_PATH, http_method="POST", body=body, headers={})
    except ValueError as error:  # oauthlib: a body that is no form
        raise Refusal("bad-request", "a form is expected") from error
    if status == HTTP_UNAUTHORIZED:
        throttle.miss(THROTTLE, request)
    wanted = {name: value for name, value in headers.items() if name != "Content-Type"}
    return HttpResponse(answer, status=status, content_type="application/json", headers=wanted)


def client_of(request: HttpRequest) -> KnownClient:
    """The client whose bearer token the request carries. Raises Refusal."""
    headers = {"Authorization": request.headers.get("Authorization", "")}
    valid, checked = SERVER.verify_request(API_PATH, headers=headers, scopes=[])
    if not valid or not isinstance(checked.client, KnownClient):
        raise Refusal("invalid-token", headers={"WWW-Authenticate": "Bearer"})
    return checked.client


@lru_cache(TOKENS_KEPT)
def _named_by(token: str, second: int) -> str | None:
    """The client that a token was made for, unless it is wrong or too old. Checked once a second."""
    try:
        return str(signing.loads(token, salt=SALT, max_age=LIFETIME_S))
    except signing.BadSignature:
        return None


def _scopes(client: Client) -> list[str]:
    verb = "send" if client.role == Client.Role.SENDER else "subscribe"
    ids = client.destinations.order_by("pk").values_list("pk", flat=True)
    return [f"{verb}:destination:{destination_id}" for destination_id in ids]


def _make_token(request: Any) -> str:
    return signing.dumps(request.client.pk, salt=SALT)


SERVER = BackendApplicationServer(Validator(), token_generator=_make_token, token_expires_in=LIFETIME_S)
