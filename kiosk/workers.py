"""One thread per port, and a crew that knows what is under way on them.

Rules
  1. A port is only ever called from its own thread, one call after the other.
  2. A call that takes too long is reported as failed; its late answer is dropped. While it hangs its
     port is stuck, and every further call fails at once.
  3. A call that nobody waits for any more is not begun.
  4. The crew lives on the UI thread; answers come back through `call_soon_threadsafe`.

What the calls do is said in work.py, what an answer means in visit/machine.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue

from kiosk.errors import KioskError
from kiosk.ports import Clock
from kiosk.visit.model import Event

log = logging.getLogger("kiosk.runtime")

Call = Callable[[], Event | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One call into one port.

    `visit_id` and `request` are those of the effect (0 for the terminal's own questions). `call` is None
    where the port is missing. The codes say what failed: `absent` missing or stuck, `overdue` no answer in
    time ("" waits on), `unforeseen` an unknown exception ("" ends the visit). `abandon` asks a call that is
    under way to end, when nobody waits for it any more.
    """

    port: str
    call: Call | None
    failed: Callable[[KioskError], Event | None]
    visit_id: int = 0
    request: int = 0
    absent: str = ""
    overdue: str = ""
    unforeseen: str = ""
    abandon: Callable[[], None] | None = None


class Worker:
    """The thread of one port. It dies with the process: a driver that hangs must not keep it alive."""

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[tuple[Future[Event | None], Call] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"port-{name}", daemon=True)
        self._thread.start()

    def submit(self, call: Call) -> Future[Event | None]:
        """Queue a call. A future that is cancelled before its turn is never called."""
        future: Future[Event | None] = Future()
        self._calls.put((future, call))
        return future

    def stop(self) -> None:
        """End after the calls already queued."""
        self._calls.put(None)

    def _run(self) -> None:
        while self._one():
            pass

    def _one(self) -> bool:
        """One call. A frame of its own, so that a waiting thread holds on to nobody's answers."""
        item = self._calls.get()
        if item is None:
            return False
        future, call = item
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)
        del item, future, call  # else an exception's traceback would keep this frame, and the frame the answers
        return True


# A call that was asked to end has this long before its port counts as stuck.
ENDING_S = 20.0


@dataclass(slots=True)
class Job:
    """A call under way. Times are on the port clock; `expired` once its failure was reported."""

    work: Work
    started: float
    deadline: float
    expired: bool = False


class Crew:
    """All workers of a terminal. `answer` takes events, `fault` unknown exceptions of calls somebody waits for."""

    def __init__(self, clock: Clock, answer: Callable[[Event], None], fault: Callable[[BaseException], None]) -> None:
        self._clock = clock
        self._answer = answer
        self._fault = fault
        self._workers: dict[str, Worker] = {}
        self._jobs: dict[Future[Event | None], Job] = {}

    def begin(self, work: Work, patience_s: float) -> None:
        """Queue a call on its port's thread, or fail it at once."""
        now = self._clock.monotonic()
        stuck = any(job.work.port == work.port and now >= job.deadline for job in self._jobs.values())
        if work.call is None or stuck:
            self._fail(work, work.absent)
            return
        if work.port not in self._workers:
            self._workers[work.port] = Worker(work.port)
        loop = asyncio.get_running_loop()
        future = self._workers[work.port].submit(work.call)
        self._jobs[future] = Job(work, now, now + patience_s)
        future.add_done_callback(lambda done: from_thread(loop, lambda: self._done(done)))

    def busy(self, port: str) -> bool:
        """Whether a call into this port is under way."""
        return any(job.work.port == port for job in self._jobs.values())

    def expire(self) -> None:
        """Report the calls that take too long."""
        now = self._clock.monotonic()
        for future, job in list(self._jobs.items()):
            if now < job.deadline or job.expired or not job.work.overdue:
                continue
            job.expired = True
            future.cancel()
            log.warning("%s: %s, no answer in %.1f s", job.work.port, job.work.overdue, now - job.started)
            self._fail(job.work, job.work.overdue)

    def forget(self, late: Callable[[Work], bool]) -> None:
        """Never begin what is still queued and comes too late; ask what is under way to end."""
        for future, job in list(self._jobs.items()):
            if late(job.work) and not job.expired:
                job.expired = True
                if not future.cancel() and job.work.abandon is not None:
                    job.deadline = self._clock.monotonic() + ENDING_S
                    job.work.abandon()

    async def close(self, goodbyes: dict[str, Callable[[], None]], patience_s: float) -> None:
        """Say goodbye to devices on their own threads; one that hangs is left behind."""
        waiting = [
            asyncio.wrap_future(self._workers[port].submit(goodbye))
            for port, goodbye in goodbyes.items()
            if port in self._workers
        ]
        if waiting:
            await asyncio.wait(waiting, timeout=patience_s)
        for worker in self._workers.values():
            worker.stop()

    def _done(self, future: Future[Event | None]) -> None:
        job = self._jobs.pop(future)
        if future.cancelled():
            return
        port, error = job.work.port, future.exception()
        took_s = self._clock.monotonic() - job.started
        level = logging.INFO if job.work.visit_id else logging.DEBUG  # the terminal asks the store every few seconds
        log.log(level, "%s answered after %.3f s%s", port, took_s, ", too late" if job.expired else "")
        if error is not None:
            self._failed(job, error)
        elif not job.expired:
            event = future.result()
            if event is not None:
                self._answer(event)

    def _failed(self, job: Job, error: BaseException) -> None:
        if isinstance(error, KioskError):
            log.warning("%s: %s", job.work.port, error.code)
            if not job.expired:
                self._fail(job.work, error)
        elif job.expired or job.work.unforeseen:
            log.error("%s: VISIT-01 %s at %s", job.work.port, type(error).__name__, place(error))
            if not job.expired:
                self._fail(job.work, job.work.unforeseen)
        else:
            self._fault(error)

    def _fail(self, work: Work, reason: KioskError | str) -> None:
        event = work.failed(KioskError(reason) if isinstance(reason, str) else reason)
        if event is not None:
            self._answer(event)


def from_thread(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Run `call` on the UI thread soon; from any thread."""
    with contextlib.suppress(RuntimeError):  # the loop is closed: the program is ending
        loop.call_soon_threadsafe(call)


def place(error: BaseException) -> str:
    """File and line where it was raised: no message, no value."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "unknown place"
