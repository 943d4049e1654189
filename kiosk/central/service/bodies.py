"""Reads request bodies: bounded, of the right media type, strictly UTF-8, and of the expected shape."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest

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


def text_of(body: dict[str, Any], key: str) -> str:
    """A required, non-empty text of a JSON body."""
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise Refusal("bad-request", f"{key}: a text is expected")
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


def _text(request: HttpRequest, media_type: str, limit_bytes: int) -> str:
    if request.content_type != media_type:
        raise Refusal("unsupported-media-type", f"{media_type} is expected")
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        raise Refusal("length-required")
    if int(length) > limit_bytes:
        raise Refusal("content-too-large", f"at most {limit_bytes} bytes")
    raw = request.read(limit_bytes + 1)
    if len(raw) != int(length):
        raise Refusal("bad-request", "the body is shorter than its Content-Length")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal("bad-request", "the body is not UTF-8") from error


def _no_constant(name: str) -> None:
    raise ValueError(name)
