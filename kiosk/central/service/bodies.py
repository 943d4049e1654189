"""Reads request bodies: bounded, of the right media type, strictly UTF-8, and of the expected shape.

A body whose length is not said, or is too much, is refused before it is read. Texts that no database keeps (NUL,
half of a surrogate pair) are refused wherever they stand.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, UnreadablePostError

from kiosk.central.service.problems import Refusal

JSON_LIMIT_BYTES = 64_000
SEALED_JSON_LIMIT_BYTES = 12_000_000
ATTACHMENT_LIMIT_BYTES = 28_000_000
TOKEN_LIMIT_BYTES = 200_000
MOST_ATTACHMENTS = 100


def read_json(request: HttpRequest, limit_bytes: int = JSON_LIMIT_BYTES) -> dict[str, Any]:
    """The body as a JSON object."""
    text = _text(request, "application/json", limit_bytes)
    try:
        value = json.loads(text, parse_constant=_no_constant)
        if "\\u" in text:  # only an escape can spell them
            check_texts(value)
    except (ValueError, RecursionError) as error:
        raise Refusal("invalid-json") from error
    if not isinstance(value, dict):
        raise Refusal("invalid-json", "an object is expected")
    return value


def read_jose(request: HttpRequest, limit_bytes: int) -> str:
    """The body as one compact JWE or JWS."""
    return _text(request, "application/jose", limit_bytes).strip()


def read_form(request: HttpRequest) -> str:
    """The body as an undecoded form."""
    return _text(request, "application/x-www-form-urlencoded", JSON_LIMIT_BYTES)


def text_of(body: dict[str, Any], key: str, most: int | None = None) -> str:
    """A required, non-empty text of a JSON body, of at most so many characters."""
    value = optional_text_of(body, key, most)
    if not value:
        raise Refusal("bad-request", f"{key}: a text is expected")
    return value


def optional_text_of(body: dict[str, Any], key: str, most: int | None = None) -> str:
    """The same where it may be left out or empty: then it is empty."""
    value = body.get(key, "")
    if not isinstance(value, str) or (most is not None and len(value) > most):
        raise Refusal("bad-request", f"{key}: a text is expected" + (f" of at most {most} characters" if most else ""))
    return value


def uuid_of(value: object, what: str) -> UUID:
    """A UUID in its canonical form, so that one id has one spelling."""
    try:
        parsed = UUID(value) if isinstance(value, str) else None
    except ValueError:
        parsed = None
    if parsed is None or str(parsed) != value:
        raise Refusal("bad-request", f"{what}: a UUID is expected")
    return parsed


def check_texts(value: object) -> None:
    """Raises ValueError for a text that is no Unicode or holds NUL, key or value, at any depth."""
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("NUL")
        value.encode()
    elif isinstance(value, dict):
        for pair in value.items():
            check_texts(pair)
    elif isinstance(value, list | tuple):
        for item in value:
            check_texts(item)


def _text(request: HttpRequest, media_type: str, limit_bytes: int) -> str:
    if request.content_type != media_type:
        raise Refusal("unsupported-media-type", f"{media_type} is expected")
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        raise Refusal("length-required")
    if int(length) > limit_bytes:
        raise Refusal("content-too-large", f"at most {limit_bytes} bytes")
    try:
        raw = request.read(int(length))
    except UnreadablePostError as error:
        raise Refusal("request-timeout") from error
    if len(raw) != int(length):  # serving.py has cut it off, or the client has
        raise Refusal("request-timeout")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal("bad-request", "the body is not UTF-8") from error


def _no_constant(name: str) -> None:
    raise ValueError(name)
