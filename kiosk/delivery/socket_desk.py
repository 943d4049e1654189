"""The local socket of `kiosk sync`: JSON lines, one answer per question. Serves the terminal, nobody else.

Questions: {"op": "status", "token": hex} · {"op": "health"} · {"op": "wake"}. Who may connect is decided by
the rights of the socket's folder. A line that is none of these is answered {"error": "STATUS-01"}.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

LINE_LIMIT_BYTES = 4096
IDLE_S = 60.0
SOCKET_MODE = 0o660

Question = Mapping[str, Any]
Respond = Callable[[Question], Awaitable[Mapping[str, Any]]]


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
