"""Carries the requests of the online way to the town's eID server, for a terminal that has no network.

    {"op": "eid-session", "key": {…}, "attributes": […]}   ->  {"tc_token_url": "https://…", "session": "…"}
    {"op": "eid-result", "session": "…"}                   ->  {"result": "a compact JWE"}
    whatever goes wrong                                    ->  {"error": "CARD-25"}

Rules
  1. It goes to the configured address and nowhere else: no redirect, no proxy, a server certificate that the system
     trusts, answers of at most 64 kB, DEADLINE_S for all of one question.
  2. What passes is the public key of one visit, names of attributes, and a result sealed to that key.
  3. A session is in no log and no error: whoever knows it can take the result away.

The contract of both resources is in devices/cards/ways/online/eid_server.py. Every question blocks a thread of its own.
"""

from __future__ import annotations

import json
import logging
import re
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from http import HTTPStatus
from typing import Any, Final

import requests

from kiosk.errors import CardError
from kiosk.identity import Attribute

DEADLINE_S: Final = 28.0
CONNECT_S: Final = 5.0
READ_S: Final = 15.0
POLL_S: Final = 0.5
ANSWER_LIMIT_BYTES: Final = 65_536
PIECE_BYTES: Final = 8192
JSON: Final = "application/json"
JOSE: Final = "application/jose"
OPS: Final = frozenset({"eid-session", "eid-result"})

_SESSION: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_COORDINATE: Final = re.compile(r"[A-Za-z0-9_-]{43}")

log = logging.getLogger("kiosk.sync")
# It warns of malformed headers with the whole address, session included.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


class EidCarrier:
    """`pause` waits the seconds between two looks for a result that is not there yet, `clock` gives monotonic ones."""

    def __init__(
        self, url: str, pause: Callable[[float], object] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url.rstrip("/")
        self._pause = pause
        self._clock = clock

    def answer(self, question: Mapping[str, Any]) -> Mapping[str, str]:
        """The answer to a question of one of OPS; never raises."""
        begun = self._clock()
        op = question.get("op")
        try:
            answer = self._open(question) if op == "eid-session" else self._fetch(question)
        except CardError as error:
            log.warning("%s: %s after %.1f s", op, error, self._clock() - begun)
            return {"error": error.code}
        log.info("%s answered in %.1f s", op, self._clock() - begun)
        return answer

    def _open(self, question: Mapping[str, Any]) -> Mapping[str, str]:
        body = {"attributes": _attributes(question.get("attributes")), "key": _public_key(question.get("key"))}
        with closing(_Call("POST", f"{self._url}/sessions", JSON, self._clock)) as call:
            status, content = call.carry_out(body)
        if status != HTTPStatus.CREATED:
            raise CardError("CARD-25", f"the eID server answers {status}")
        opened = _object(content)
        return {"tc_token_url": _text(opened, "tc_token_url"), "session": _session(opened.get("session"))}

    def _fetch(self, question: Mapping[str, Any]) -> Mapping[str, str]:
        url = f"{self._url}/sessions/{_session(question.get('session'))}/result"
        with closing(_Call("GET", url, JOSE, self._clock)) as call:
            status, content = call.carry_out()
            while status == HTTPStatus.ACCEPTED:
                self._pause(POLL_S)
                status, content = call.carry_out()
        if status != HTTPStatus.OK:
            raise CardError("CARD-25", f"the eID server answers {status}")
        try:
            return {"result": content.decode("ascii")}
        except UnicodeDecodeError:
            raise CardError("CARD-25", "the result is no sealed one") from None


class _Call:
    """One request, made again as often as it takes, all within DEADLINE_S. `kind` is what a good answer is."""

    def __init__(self, method: str, url: str, kind: str, clock: Callable[[], float]) -> None:
        self._method = method
        self._url = url
        self._kind = kind
        self._clock = clock
        self._until = clock() + DEADLINE_S
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = system_trust()

    def close(self) -> None:
        self._session.close()

    def carry_out(self, body: object = None) -> tuple[int, bytes]:
        """Status and content. Raises CardError CARD-25."""
        left = self._until - self._clock()
        if left <= 0:
            raise CardError("CARD-25", "the eID server has no answer yet")
        try:
            with self._session.request(
                self._method,
                self._url,
                json=body,
                headers={"Accept": self._kind, "Accept-Encoding": "identity"},
                timeout=(min(CONNECT_S, left), min(READ_S, left)),
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, self._content(response)
        except (requests.RequestException, OSError) as error:
            raise CardError("CARD-25", f"the eID server cannot be reached: {type(error).__name__}") from None

    def _content(self, response: requests.Response) -> bytes:
        if response.status_code not in (HTTPStatus.OK, HTTPStatus.CREATED):
            return b""
        if response.headers.get("Content-Type", "").partition(";")[0].strip().lower() != self._kind:
            raise CardError("CARD-25", f"the answer is not {self._kind}")
        content = b""
        for piece in response.iter_content(PIECE_BYTES):
            content += piece
            if len(content) > ANSWER_LIMIT_BYTES or self._clock() > self._until:
                raise CardError("CARD-25", "the answer is too long or too slow")
        return content


def system_trust() -> str | bool:
    """Where the system keeps the certificates that it trusts; `requests` would bring a list of its own."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath or True


def _attributes(names: object) -> list[str]:
    if not isinstance(names, list) or not set(map(str, names)) <= {str(attribute) for attribute in Attribute}:
        raise CardError("CARD-25", "attributes that nobody knows")
    return [str(name) for name in names]


def _public_key(key: object) -> Mapping[str, str]:
    """A public key on P-256 and nothing beside it: a private part would leave the terminal."""
    if not isinstance(key, dict) or key.keys() != {"kty", "crv", "x", "y"}:
        raise CardError("CARD-25", "no public key")
    if (key["kty"], key["crv"]) != ("EC", "P-256") or not all(_COORDINATE.fullmatch(str(key[name])) for name in "xy"):
        raise CardError("CARD-25", "no public key")
    return {name: str(value) for name, value in key.items()}


def _session(text: object) -> str:
    if not isinstance(text, str) or not _SESSION.fullmatch(text):
        raise CardError("CARD-25", "no session")
    return text


def _text(opened: Mapping[str, Any], name: str) -> str:
    value = opened.get(name)
    if not isinstance(value, str):
        raise CardError("CARD-25", f"no {name} in the answer")
    return value


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise CardError("CARD-25", "the answer is no object")
    return value
