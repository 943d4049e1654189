"""A thread for calls that may hang: whoever asks waits no longer than a deadline.

A call that hangs cannot be ended, only left alone. What was asked for after it follows, should it ever come back.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class BoundedThread:
    """Makes calls one after the other, asked from one thread. It does not keep the program from ending."""

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def call(self, work: Callable[[], Answer], deadline_s: float) -> Answer:
        """Raises TimeoutError, after which the answer is lost, and whatever `work` raises."""
        answer: Future[Answer] = Future()
        self._calls.put((work, answer))
        return answer.result(deadline_s)

    def end(self, last: Callable[[], None], patience_s: float) -> None:
        """Make one last call, whenever that is, and wait for it no longer than `patience_s`. It must not raise."""
        with contextlib.suppress(TimeoutError):
            self._calls.put((last, answer := Future[None]()))
            self._calls.put(None)
            answer.result(patience_s)

    def _run(self) -> None:
        while (asked := self._calls.get()) is not None:
            work, answer = asked
            try:
                answer.set_result(work())
            except BaseException as error:  # whoever asked is told, and this thread goes on
                answer.set_exception(error)
