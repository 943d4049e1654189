"""The local socket of `kiosk sync`: JSON lines, one answer per question. Serves the terminal, nobody else.

Questions: {"op": "status", "token": hex} · {"op": "health"} · {"op": "wake"}, and those of eid_carrier.py. Who may
connect is decided by the rights of the socket's folder. A line that is none of these is answered
{"error": "STATUS-01"}.

Whoever asks opens a connection of its own with a deadline, so a sync process that was restarted, or hangs, costs one
answer and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

LINE_LIMIT_BYTES = 4096
ANSWER_LIMIT_BYTES = 200_000
IDLE_S = 60.0
SOCKET_MODE = 0o660

Question = Mapping[str, Any]
Respond = Callable[[Question], Awaitable[Mapping[str, Any]]]


# ---- the side of sync ---------------------------------------------------------------------------


async def serve(path: Path, respond: Respond) -> asyncio.Server:
    """Listen at `path`; a socket left over by a killed process is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, ValueError):
            while line := await asyncio.wait_for(reader.readline(), IDLE_S):
                answer = await respond(_question(line))
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(connected, path, limit=LINE_LIMIT_BYTES)
    path.chmod(SOCKET_MODE)
    return server


def _question(line: bytes) -> Question:
    try:
        question = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return question if isinstance(question, dict) else {}


# ---- the side of the terminal -------------------------------------------------------------------


def ask(path: Path, question: Question, deadline_s: float) -> Mapping[str, Any]:
    """The answer, whole, within `deadline_s`. Raises OSError, ValueError or RecursionError."""
    until = time.monotonic() + deadline_s
    with connected_to(path, deadline_s) as connection:
        connection.sendall(json.dumps(question).encode() + b"\n")
        answer = json.loads(_line(connection, until))
    if not isinstance(answer, dict):
        raise ValueError("not an object")
    return answer


def connected_to(path: Path, deadline_s: float) -> socket.socket:
    """A connection whose every step has `deadline_s`. Raises OSError."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(deadline_s)
        connection.connect(str(path))
    except OSError:
        connection.close()
        raise
    return connection


def _line(connection: socket.socket, until: float) -> bytes:
    """One line, whole, before `until` (monotonic). Raises OSError or ValueError."""
    received = b""
    while not received.endswith(b"\n"):
        connection.settimeout(max(until - time.monotonic(), 0.001))
        piece = connection.recv(65_536)
        received += piece
        if not piece or len(received) > ANSWER_LIMIT_BYTES:
            raise ValueError("no whole line")
    return received
