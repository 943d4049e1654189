"""How serve and open talk: one JSON object a line over a Unix socket, one request a connection.

Rules
  1. Every line has a limit, so that neither side can fill the other's memory.
  2. A request is {"do": …, …}; an answer is an object, or {"error": code} with a code of the catalogue or "denied".
"""

from __future__ import annotations

import json
from typing import Any, Protocol

REQUEST_LIMIT_BYTES = 16_000
ANSWER_LIMIT_BYTES = 40_000_000
DENIED = "denied"

Message = dict[str, Any]


class Source(Protocol):
    """Where lines come from."""

    def readline(self, limit: int, /) -> bytes: ...


class Sink(Protocol):
    """Where lines go."""

    def write(self, data: bytes, /) -> object: ...

    def flush(self) -> object: ...


class Denied(Exception):  # noqa: N818 - an answer, not a fault
    """This member of staff may not see or do that, or there is no such thing."""


class WireError(Exception):
    """A line was too long, cut off, or no JSON object."""


def write(stream: Sink, message: Message) -> None:
    stream.write(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    stream.flush()


def read(stream: Source, limit_bytes: int) -> Message:
    """Raises WireError."""
    line = stream.readline(limit_bytes + 1)
    if not line.endswith(b"\n"):
        raise WireError("line too long or cut off")
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WireError("not JSON") from error
    if not isinstance(message, dict):
        raise WireError("not an object")
    return message
