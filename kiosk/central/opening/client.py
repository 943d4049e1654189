"""How serve asks the opening service. Serve never sees a key: it gets what one member of staff may read now."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Any

from django.conf import settings

from kiosk.central.opening import wire
from kiosk.errors import CATALOGUE, CentralError

TIMEOUT_S = 20.0
WAKE_TIMEOUT_S = 0.2
WAKE_EVERY_S = 0.25
_woken_at = float("-inf")


def ask(do: str, **params: str) -> dict[str, Any]:
    """One request and its answer.

    Raises CentralError: CENTRAL-04 if the service does not answer, else the code it gave; wire.Denied.
    """
    try:
        answer = _exchange({"do": do, **params}, TIMEOUT_S)
    except (OSError, wire.WireError) as error:
        raise CentralError("CENTRAL-04", type(error).__name__) from error
    code = answer.get("error")
    if code == wire.DENIED:
        raise wire.Denied
    if code is not None:
        raise CentralError(code if code in CATALOGUE else "CENTRAL-04", str(answer.get("detail", "")))
    return answer


def running() -> bool:
    """Whether the opening service answers."""
    try:
        _exchange({"do": "health"}, WAKE_TIMEOUT_S)
    except (OSError, wire.WireError):
        return False
    return True


def wake() -> None:
    """Say that something arrived, a few times a second at most; it looks by itself, too."""
    global _woken_at  # one clock for all threads; two that wake at once do no harm
    if (now := time.monotonic()) - _woken_at < WAKE_EVERY_S:
        return
    _woken_at = now
    with contextlib.suppress(OSError, wire.WireError):
        _exchange({"do": "wake"}, WAKE_TIMEOUT_S)


def _exchange(message: wire.Message, timeout_s: float) -> wire.Message:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s)
        connection.connect(str(settings.CENTRAL.opening_socket))
        with connection.makefile("rwb") as stream:
            wire.write(stream, message)
            return wire.read(stream, wire.ANSWER_LIMIT_BYTES)
