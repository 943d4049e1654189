"""A small delivery service for tests: real HTTP, real signed tokens, and faults on request.

It keeps to the rules of the real one: a repeat with the same bytes succeeds, other bytes are a conflict,
only announced attachments are taken, and a submission arrives once. What is scripted goes wrong, once or
as often as asked; everything else is honest.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from jwcrypto.jwk import JWK

from kiosk.delivery.tokens import authentication_tag, public_part, sign_event

PROBLEM = "https://schema.fitko.de/fit-connect/submission-api/problems/"
CLIENT, SECRET = "terminal-1", "a secret of the tests"


@dataclass
class Fault:
    """What goes wrong at calls that match, `times` times. `act` may do anything, then the way is gone on."""

    method: str
    path: str
    how: str
    times: int
    act: Callable[[], None] = lambda: None


@dataclass
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode())


def problem(status: int, name: str) -> Answer:
    body = {"type": PROBLEM + name, "title": name, "status": status}
    return Answer(status, json.dumps(body).encode(), "application/problem+json")


LOGIN_PAGE = Answer(200, b"<!DOCTYPE html><html><title>WLAN-Anmeldung</title></html>", "text/html")

# Answers given instead of doing anything.
INSTEAD = {
    "500": problem(500, "internal-error"),
    "503": Answer(503, b"", "text/plain", {"Retry-After": "0"}),
    "429": Answer(429, b"{}", "application/problem+json", {"Retry-After": "0"}),
    "401": problem(401, "invalid-token"),
    "403": problem(403, "access-denied"),
    "403-page": Answer(403, b"<html>blocked</html>", "text/html"),
    "400": problem(400, "bad-request"),
    "409": problem(409, "submission-conflict"),
    "413": problem(413, "content-too-large"),
    "422": problem(422, "encryption-invalid"),
    "422-page": Answer(422, b"<html>?</html>", "text/html"),
    "404-page": Answer(404, b"<html>nothing here</html>", "text/html"),
    "redirect": Answer(302, b"", "text/plain", {"Location": "https://login.example/"}),
    "login": LOGIN_PAGE,
    "garbage": Answer(200, b'{"eventLog": 7, "submissionId": ["x"], "caseId": null', "application/json"),
    "list": as_json([1, 2, 3]),
    "deep": Answer(200, b"[" * 100_000, "application/json"),
    "huge": Answer(200, b'{"a": "' + b"0" * 3_000_000 + b'"}', "application/json"),
}


class DeliveryService(ThreadingHTTPServer):
    """The running service. `arrived` lists completed submissions in order: nothing in it twice, nothing missing."""

    daemon_threads = True

    def __init__(self, department_key: JWK, service_key: JWK, destination_id: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.destination_id = destination_id
        self.published = public_part(department_key)
        self.restored_at: str | None = None
        self.key_list: str | None = None
        self.key = service_key
        self.announced: dict[str, dict[str, Any]] = {}
        self.attachments: dict[tuple[str, str], str] = {}
        self.contents: dict[str, tuple[str, str]] = {}
        self.arrived: list[str] = []
        self.tokens: dict[str, list[str]] = {}
        self.status: dict[str, list[dict[str, str]]] = {}
        self.calls: list[tuple[str, str]] = []
        self.faults: list[Fault] = []
        self.access_tokens = {"access-0"}
        self.changed = threading.Condition()

    def handle_error(self, *_: Any) -> None:
        """A client that was killed leaves a broken connection: that is what these tests are about."""

    def fails(self, method: str, path: str, how: str, times: int = 1, act: Callable[[], None] = lambda: None) -> None:
        """The next `times` calls that match go wrong: one of INSTEAD, or cut, swallow, half, forget, other-bytes,
        other-key, other-submission, no-token, login-after, refuse-after, act, act-after."""
        with self.changed:
            self.faults.append(Fault(method, path, how, times, act))

    def fault_for(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.method == method and re.fullmatch(fault.path, path):
                fault.times -= 1
                return fault
        return None

    def wait_for(self, happened: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(happened, timeout=90), f"never happened; calls: {self.calls}"

    def forget(self, submission: str) -> None:
        """As a service restored from an older backup."""
        self.announced.pop(submission, None)
        self.contents.pop(submission, None)
        self.tokens.pop(submission, None)
        self.arrived = [item for item in self.arrived if item != submission]

    # ---- the calls --------------------------------------------------------------------------

    def answer(self, method: str, path: str, query: dict[str, list[str]], request: Handler) -> Answer:
        body = request.body
        if (method, path) == ("POST", "/token"):
            return self._token(parse_qs(body.decode()))
        if (method, path) == ("GET", "/.well-known/jwks.json"):
            return as_json({"keys": [{"kty": "oct", "kid": "odd"}, public_part(self.key)]})
        if (method, path) == ("GET", "/.well-known/rathaus-kiosk/holdings"):
            return as_json({"restoredAt": self.restored_at, "backedUpUntil": None})
        if (method, path) == ("GET", "/.well-known/rathaus-kiosk/key-list.jws") and self.key_list is not None:
            return Answer(200, self.key_list.encode(), "application/jose")
        if path.startswith("/.well-known/"):
            return problem(404, "not-found")
        if (method, path) == ("POST", "/status"):
            found = self.status.get(json.loads(body)["token"])
            return as_json({"entries": found}) if found else problem(404, "code-not-found")
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if bearer not in self.access_tokens:
            return problem(401, "invalid-token")
        for pattern, call in self.routes:
            if found := re.fullmatch(pattern, f"{method} {path}"):
                return call(self, *found.groups(), body=body, query=query)
        return problem(404, "not-found")

    def _token(self, form: dict[str, list[str]]) -> Answer:
        if form.get("client_id") != [CLIENT] or form.get("client_secret") != [SECRET]:
            return as_json({"error": "invalid_client"}, 401)
        token = f"access-{len(self.access_tokens)}"
        self.access_tokens.add(token)
        return as_json({"access_token": token, "token_type": "Bearer", "expires_in": 600})

    def _destination(self, destination: str, **_: Any) -> Answer:
        if destination != self.destination_id:
            return problem(404, "destination-not-found")
        kid = self.published["kid"]
        return as_json({"destinationId": destination, "status": "active", "encryptionKid": kid})

    def _key(self, destination: str, kid: str, **_: Any) -> Answer:
        return as_json(self.published) if kid == self.published["kid"] else problem(404, "key-not-found")

    def _announce(self, body: bytes, **_: Any) -> Answer:
        said = json.loads(body)
        if said["destinationId"] != self.destination_id:
            return problem(404, "destination-not-found")
        submission, case = str(uuid4()), str(uuid4())
        assert len(set(said["announcedAttachments"])) == len(said["announcedAttachments"])
        self.announced[submission] = said | {"caseId": case}
        self.tokens[submission] = [self.sign("create-submission", submission, case, {})]
        return as_json({"submissionId": submission, "caseId": case, "destinationId": said["destinationId"]}, 201)

    def _attachment(self, submission: str, attachment: str, body: bytes, **_: Any) -> Answer:
        if submission not in self.announced:
            return problem(404, "submission-not-found")
        if attachment not in self.announced[submission]["announcedAttachments"]:
            return problem(422, "attachment-not-announced")
        held = self.attachments.setdefault((submission, attachment), body.decode())
        return Answer(204) if held == body.decode() else problem(409, "attachment-conflict")

    def _complete(self, submission: str, body: bytes, **_: Any) -> Answer:
        if submission not in self.announced:
            return problem(404, "submission-not-found")
        said = json.loads(body)
        content = said["encryptedMetadata"], said["encryptedData"]
        wanted = self.announced[submission]["announcedAttachments"]
        if any((submission, item) not in self.attachments for item in wanted):
            return problem(422, "attachments-missing")
        if self.contents.setdefault(submission, content) != content:
            return problem(409, "submission-conflict")
        if submission not in self.arrived:
            self.arrived.append(submission)
            self.tokens[submission].append(self._receipt(submission))
        return as_json({"submissionId": submission})

    def _events(self, submission: str, query: dict[str, list[str]], **_: Any) -> Answer:
        log = self.tokens.get(submission)
        if log is None:
            return problem(404, "submission-not-found")
        offset, limit = int(query["offset"][0]), int(query["limit"][0])
        page = log[offset : offset + limit]
        return as_json({"offset": offset, "count": len(page), "totalCount": len(log), "eventLog": page})

    routes = (
        (r"GET /v2/destinations/([^/]+)", _destination),
        (r"GET /v2/destinations/([^/]+)/keys/([^/]+)", _key),
        (r"POST /v2/submissions", _announce),
        (r"PUT /v2/submissions/([^/]+)/attachments/([^/]+)", _attachment),
        (r"PUT /v2/submissions/([^/]+)", _complete),
        (r"GET /v2/submissions/([^/]+)/events", _events),
    )

    def _receipt(self, submission: str) -> str:
        metadata, data = self.contents[submission]
        held = {key[1]: authentication_tag(jwe) for key, jwe in self.attachments.items() if key[0] == submission}
        tags = {"metadata": authentication_tag(metadata), "data": authentication_tag(data), "attachments": held}
        case = self.announced[submission]["caseId"]
        return self.sign("submit-submission", submission, case, {"authenticationTags": tags})

    def sign(self, name: str, submission: str, case: str, payload: dict[str, Any], key: JWK | None = None) -> str:
        return sign_event(
            name, key=key or self.key, issuer=self.url, submission_id=submission, case_id=case, payload=payload
        )

    # ---- lies -------------------------------------------------------------------------------

    def lie(self, how: str, submission: str) -> Answer:
        """An event log with a wrong receipt in it."""
        case = self.announced[submission]["caseId"]
        metadata, data = self.contents[submission]
        held = {key[1]: authentication_tag(jwe) for key, jwe in self.attachments.items() if key[0] == submission}
        tags: dict[str, Any] = {
            "metadata": authentication_tag(metadata),
            "data": authentication_tag(data),
            "attachments": held,
        }
        key, named = self.key, submission
        if how == "other-bytes":
            tags["data"] = tags["metadata"]
        elif how == "other-key":
            key = JWK.generate(kty="RSA", size=2048, kid=self.key["kid"], alg="PS512", key_ops=["sign"])
        elif how == "other-submission":
            named = str(uuid4())
        tokens = [self.sign("submit-submission", named, case, {"authenticationTags": tags}, key)]
        log = [] if how == "no-token" else tokens
        return as_json({"offset": 0, "count": len(log), "totalCount": len(log), "eventLog": log})


class Handler(BaseHTTPRequestHandler):
    """One request: looked up in the script first, answered honestly otherwise."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # header and body in one packet, or every answer waits 40 ms for an acknowledgement
    disable_nagle_algorithm = True
    server: DeliveryService
    body: bytes = b""

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def handle_any(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length", "0"))
        self.body = self.rfile.read(length)
        if len(self.body) < length:  # the client was killed while it sent
            self.close_connection = True
            return
        with self.server.changed:
            self.server.calls.append((self.command, parts.path))
            fault = self.server.fault_for(self.command, parts.path)
            answer = self._answer(fault, parts.path, parse_qs(parts.query))
            self.server.changed.notify_all()
        if answer is None:
            self.close_connection = True
        else:
            self._write(answer, half=fault is not None and fault.how == "half")

    do_GET = do_PUT = do_POST = handle_any  # noqa: N815  # the names http.server looks for

    def _answer(self, fault: Fault | None, path: str, query: dict[str, list[str]]) -> Answer | None:
        how = fault.how if fault else ""
        submission = path.split("/")[3] if path.count("/") > 2 else ""
        if fault and how in ("act", "cut"):
            fault.act()
        if how == "cut":
            return None
        if how in INSTEAD:
            return INSTEAD[how]
        if how in ("other-bytes", "other-key", "other-submission", "no-token"):
            return self.server.lie(how, submission)
        if how == "forget":
            self.server.forget(submission)
        answer = self.server.answer(self.command, path, query, self)
        if fault and how in ("act-after", "swallow"):
            fault.act()
        if how == "swallow":
            return None
        if how == "refuse-after":
            return INSTEAD["422"]
        return LOGIN_PAGE if how == "login-after" else answer

    def _write(self, answer: Answer, *, half: bool) -> None:
        try:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body[: len(answer.body) // 2] if half else answer.body)
            self.close_connection |= half
        except OSError:
            self.close_connection = True
