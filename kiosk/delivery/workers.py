"""The threads of `kiosk sync`: one that owns the outbox, and short-lived ones for calls that block.

Threads that wait for the network are daemons: whatever they were doing is safe to lose, so a silent
service never holds up the end of the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from kiosk.delivery.outbox import Outbox

T = TypeVar("T")


class OutboxThread:
    """The outbox and its one thread, which both are there for as long as this object is open."""

    def __init__(self, path: Path) -> None:
        """Raises OutboxError."""
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")
        try:
            self._outbox = self._pool.submit(Outbox, path).result()
        except BaseException:
            self._pool.shutdown()
            raise

    def ask(self, work: Callable[[Outbox], T]) -> T:
        """Run `work` on the outbox's thread and wait. For other threads, never for the event loop."""
        return self._pool.submit(work, self._outbox).result()

    async def answer(self, work: Callable[[Outbox], T]) -> T:
        """The same for the event loop."""
        return await asyncio.wrap_future(self._pool.submit(work, self._outbox))

    def close(self) -> None:
        self._pool.submit(self._outbox.close).result()
        self._pool.shutdown()


async def in_background(work: Callable[[], T]) -> T:
    """Run a blocking call on a daemon thread of its own."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(deliver: Callable[[], None]) -> None:
        if not done.done():
            deliver()

    def body() -> None:
        try:
            result = work()
        except BaseException as error:
            failure = error
            outcome = lambda: done.set_exception(failure)  # noqa: E731  # two outcomes of one shape
        else:
            outcome = lambda: done.set_result(result)  # noqa: E731
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=body, daemon=True).start()
    return await done
