"""The delivery service as a sender sees it: the FIT-Connect calls (v2), each with its errors.

Rules
  1. Every call has a deadline, no redirect is followed, and TLS is required off loopback.
  2. An answer counts only if it is JSON of the expected shape: a login page that says 200 is no answer.
  3. A refusal counts only if the service itself says it (see `_failure`): a proxy's web page refuses
     nothing. Nothing of a body is shown or logged.

One client belongs to one thread at a time. What to do about a failure is the courier's business.
"""

from __future__ import annotations

import ipaddress
import json
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import requests
from jwcrypto.jwk import JWK

from kiosk.config import DeliveryConfig
from kiosk.delivery.submission import PublicService
from kiosk.delivery.tokens import verification_key
from kiosk.errors import ConfigError, DeliveryError

# What only the town's own service has beside FIT-Connect.
HOLDINGS_PATH = "/.well-known/rathaus-kiosk/holdings"
KEY_LIST_PATH = "/.well-known/rathaus-kiosk/key-list.jws"
TIMEOUT_S = (5.0, 30.0)
ANSWER_DEADLINE_S = 60.0
ANSWER_LIMIT_BYTES = 2_000_000
RETRY_AFTER_LIMIT_S = 3600.0
PAGE_SIZE = 100
PAGES_LIMIT = 20
_TOKEN_MARGIN_S = 30.0
_REFUSES_TERMINAL = frozenset({401, 403})
_REFUSES_SUBMISSION = frozenset({400, 409, 413, 422})
_PROBLEM = re.compile(r"problems/([a-z-]{1,60})$")


class RefusedError(DeliveryError):
    """The service answered and refused: `status` (HTTP) and the name of its problem, "" if it gave none."""

    def __init__(self, code: str, status: int, problem: str, retry_after_s: float | None = None) -> None:
        super().__init__(code, f"{status} {problem}".strip(), retry_after_s)
        self.status = status
        self.problem = problem

    @property
    def forgotten(self) -> bool:
        """Whether the service itself says that it does not know this submission (any more)."""
        return self.problem == "submission-not-found"

    @property
    def incomplete(self) -> bool:
        """Whether attachments that were sent never reached the service (something between swallowed them)."""
        return self.problem == "attachments-missing"


@dataclass(frozen=True, slots=True)
class Announced:
    """The service's own ids of a submission."""

    submission_id: UUID
    case_id: UUID


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer, read whole: at most ANSWER_LIMIT_BYTES."""

    status: int
    content_type: str
    body: bytes

    def json(self) -> Mapping[str, Any]:
        """Raises DeliveryError DELIV-01 if this is not a JSON object (a login page, for instance)."""
        try:
            value = json.loads(self.body) if "json" in self.content_type else None
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise DeliveryError("DELIV-01", "the answer is not the service's")
        return value


class FitConnect:
    """One authenticated client of the delivery service."""

    def __init__(self, config: DeliveryConfig) -> None:
        """Raises ConfigError for an address that is neither https nor on this machine."""
        for key in ("api_url", "token_url", *(("status_url",) if config.status_url else ())):
            require_tls(f"delivery.{key}", getattr(config, key))
        self._config = config
        self._api = config.api_url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False  # a .netrc would replace our bearer token
        self._token = ""
        self._token_until = 0.0
        # How many seconds this machine's clock is ahead of the service's, as its last answer says; None: not said.
        self.clock_ahead_s: float | None = None

    def close(self) -> None:
        self._session.close()

    # ---- sending ----------------------------------------------------------------------------

    def announce(self, destination_id: UUID, service: PublicService, attachments: tuple[UUID, ...]) -> Announced:
        """Tell the service what will come. Not repeatable: a lost answer leaves an announcement that expires."""
        body = {
            "destinationId": str(destination_id),
            "announcedAttachments": [str(item) for item in attachments],
            "publicService": {"name": service.name, "identifier": service.identifier},
        }
        answer = self._call("POST", "/v2/submissions", json=body).json()
        try:
            return Announced(UUID(answer["submissionId"]), UUID(answer["caseId"]))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise DeliveryError("DELIV-01", "announcement without ids") from error

    def put_attachment(self, submission_id: UUID, attachment_id: UUID, jwe: str) -> None:
        """Repeatable with the same bytes."""
        path = f"/v2/submissions/{submission_id}/attachments/{attachment_id}"
        answer = self._call("PUT", path, data=jwe.encode("ascii"), headers={"Content-Type": "application/jose"})
        if answer.status != HTTPStatus.NO_CONTENT:
            raise DeliveryError("DELIV-01", "the answer is not the service's")

    def put_submission(self, submission_id: UUID, metadata: str, data: str) -> None:
        """The final call; repeatable with the same bytes."""
        body = {"encryptedMetadata": metadata, "encryptedData": data}
        self._call("PUT", f"/v2/submissions/{submission_id}", json=body)

    def events(self, submission_id: UUID) -> tuple[str, ...]:
        """The event log of one submission, all pages: unverified tokens, oldest first."""
        tokens: list[str] = []
        for _ in range(PAGES_LIMIT):
            query = {"offset": len(tokens), "limit": PAGE_SIZE}
            page = self._call("GET", f"/v2/submissions/{submission_id}/events", params=query).json()
            found = page.get("eventLog")
            if not isinstance(found, list):
                raise DeliveryError("DELIV-01", "event log without events")
            tokens += [token for token in found if isinstance(token, str)]
            if not found or len(tokens) >= _whole(page.get("totalCount")):
                return tuple(tokens)
        raise DeliveryError("DELIV-04", "event log without end")

    # ---- keys -------------------------------------------------------------------------------

    def destination_key(self, destination_id: UUID) -> Mapping[str, Any]:
        """The public encryption key of a destination, as published; unchecked."""
        destination = self._call("GET", f"/v2/destinations/{destination_id}").json()
        kid = destination.get("encryptionKid")
        if not isinstance(kid, str) or not re.fullmatch(r"[\w.~-]{1,100}", kid):
            raise DeliveryError("DELIV-05", "destination without an encryption key")
        key = self._call("GET", f"/v2/destinations/{destination_id}/keys/{kid}").json()
        if key.get("kid") != kid:
            raise DeliveryError("DELIV-05", "the service gave another key than it named")
        return key

    def service_keys(self) -> dict[str, JWK]:
        """The service's own signature keys by kid; keys of no use here are left out."""
        answer = self._request("GET", f"{self._api}/.well-known/jwks.json", auth=False).json()
        keys: dict[str, JWK] = {}
        for public in answer.get("keys", ()) if isinstance(answer.get("keys"), list) else ():
            try:
                keys[public["kid"]] = verification_key(public)
            except (DeliveryError, KeyError, TypeError):
                continue
        return keys

    def restored_at(self) -> str | None:
        """When the service was last restored from a backup, in its own words; None for never, or a foreign service."""
        try:
            answer = self._request("GET", f"{self._api}{HOLDINGS_PATH}", auth=False).json()
        except RefusedError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        moment = answer.get("restoredAt")
        return moment if isinstance(moment, str) else None

    def key_list(self) -> str | None:
        """The list of destination keys that the town signed, unverified; None where the service has none."""
        try:
            answer = self._request("GET", f"{self._api}{KEY_LIST_PATH}", auth=False)
        except RefusedError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        if answer.content_type != "application/jose":
            raise DeliveryError("DELIV-01", "the answer is not the service's")
        return answer.body.decode("ascii", "replace")

    def status(self, token: str) -> Mapping[str, Any] | None:
        """What central knows under a status token, None if nothing. Short deadlines: a citizen is waiting."""
        if not self._config.status_url:
            return None
        try:
            return self._request(
                "POST", self._config.status_url, auth=False, json={"token": token}, timeout=(2.0, 5.0)
            ).json()
        except RefusedError as error:
            if error.status == HTTPStatus.NOT_FOUND and error.problem:
                return None
            raise

    # ---- inside -----------------------------------------------------------------------------

    def _call(self, method: str, path: str, **more: Any) -> Answer:
        """An authenticated call; a refused token is renewed once (it may have been revoked early)."""
        try:
            return self._request(method, self._api + path, **more)
        except RefusedError as error:
            if error.status != HTTPStatus.UNAUTHORIZED or not self._token:
                raise
        self._token = ""
        return self._request(method, self._api + path, **more)

    def _request(self, method: str, url: str, *, auth: bool = True, **more: Any) -> Answer:
        headers = dict(more.pop("headers", {})) | {"Accept": "application/json"}
        if auth:
            headers["Authorization"] = f"Bearer {self._access_token()}"
        timeout = more.pop("timeout", TIMEOUT_S)
        try:
            with self._session.request(
                method, url, headers=headers, timeout=timeout, allow_redirects=False, stream=True, **more
            ) as response:
                self.clock_ahead_s = clock_ahead_s(response.headers.get("Date", ""), self.clock_ahead_s)
                return _accepted(response)
        except (requests.RequestException, OSError) as error:
            raise DeliveryError("DELIV-01", type(error).__name__) from error

    def _access_token(self) -> str:
        if not self._token or time.monotonic() >= self._token_until:
            answer = self._authenticate()
            token, seconds = answer.get("access_token"), _whole(answer.get("expires_in"))
            if not isinstance(token, str) or not re.fullmatch(r"[!-~]{1,8000}", token):
                raise DeliveryError("DELIV-01", "no access token in the answer")
            self._token = token
            self._token_until = time.monotonic() + max(seconds - _TOKEN_MARGIN_S, 0)
        return self._token

    def _authenticate(self) -> Mapping[str, Any]:
        """What the token address answers. A refusal there (OAuth says 400 or 401) is about this terminal."""
        secret = self._secret()
        form = {"grant_type": "client_credentials", "client_id": self._config.client_id, "client_secret": secret}
        try:
            return self._request("POST", self._config.token_url, auth=False, data=form).json()
        except RefusedError as error:
            if error.code == "DELIV-03":
                raise RefusedError("DELIV-02", error.status, error.problem) from error
            raise

    def _secret(self) -> str:
        try:
            return self._config.client_secret_file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise DeliveryError("DELIV-02", "client secret unreadable") from error


def require_tls(key: str, url: str) -> None:
    """Raises ConfigError CONFIG-02 unless `url` is https, or http to this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme != "http" or not on_this_machine(url):
        raise ConfigError("CONFIG-02", f"{key}: https is required for another machine")


def on_this_machine(url: str) -> bool:
    """Whether the address is a loopback one."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _accepted(response: requests.Response) -> Answer:
    """The whole answer if it says 2xx. Raises DeliveryError otherwise."""
    body = _body(response)
    answer = Answer(response.status_code, response.headers.get("Content-Type", "").lower(), body)
    if 200 <= response.status_code < 300:
        if response.status_code != HTTPStatus.NO_CONTENT and b"<html" in body[:2000].lower():
            raise DeliveryError("DELIV-01", "a web page instead of an answer")
        return answer
    raise _failure(answer, _retry_after(response.headers.get("Retry-After", "")))


def _body(response: requests.Response) -> bytes:
    until = time.monotonic() + ANSWER_DEADLINE_S
    body = b""
    for piece in response.iter_content(65_536):
        body += piece
        if len(body) > ANSWER_LIMIT_BYTES or time.monotonic() > until:
            raise DeliveryError("DELIV-01", "answer too large or too slow")
    return body


def _failure(answer: Answer, retry_after_s: float | None) -> DeliveryError:
    """401, 403: this terminal is refused. 400, 409, 413, 422: this submission is. Everything else may pass."""
    problem = ""
    if "json" in answer.content_type:
        with suppress(DeliveryError):
            found = _PROBLEM.search(str(answer.json().get("type", "")))
            problem = found[1] if found else ""
    code = "DELIV-01"
    if answer.status in _REFUSES_TERMINAL and "html" not in answer.content_type:
        code = "DELIV-02"
    elif answer.status in _REFUSES_SUBMISSION and "json" in answer.content_type:
        code = "DELIV-03"
    return RefusedError(code, answer.status, problem, retry_after_s)


def _retry_after(text: str) -> float | None:
    """Seconds to wait, from either form of the header (RFC 9110 10.2.3); bounded, None if there is none."""
    if text.isascii() and text.isdecimal():
        return min(float(text), RETRY_AFTER_LIMIT_S)
    try:
        wait = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(wait, 0.0), RETRY_AFTER_LIMIT_S)


def clock_ahead_s(text: str, known: float | None = None) -> float | None:
    """How far this clock is ahead by the Date of an answer (RFC 9110 6.6.1), in whole seconds; else `known`."""
    try:
        return (datetime.now(UTC) - parsedate_to_datetime(text)).total_seconds()
    except (ValueError, TypeError):
        return known


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
