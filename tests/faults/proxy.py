"""A bad network between two programs on this machine: a TCP proxy that follows a plan, one fault for each connection.

    with running(("127.0.0.1", 8000), plan(seed=7, share=0.3)) as proxy:
        ... connect to proxy.port ...

The plan is seeded, so a run can be repeated. A connection may carry many requests; its fault strikes once.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

PIECE_BYTES = 65_536


class How(StrEnum):
    """What goes wrong with a connection."""

    WELL = "well"
    DELAY = "delay"  # everything waits `seconds`
    CUT_REQUEST = "cut-request"  # reset after `after_bytes` upwards
    CUT_ANSWER = "cut-answer"  # reset after `after_bytes` downwards
    SWALLOW = "swallow"  # the request arrives, the answer does not: reset
    DUPLICATE = "duplicate"  # the request arrives twice, one answer comes back
    HALF_OPEN = "half-open"  # nothing arrives and nothing is said for `seconds`, then reset


@dataclass(frozen=True, slots=True)
class Fault:
    how: How = How.WELL
    after_bytes: int = 0
    seconds: float = 0.0


def plan(seed: int, share: float, *, seconds: float = 0.05) -> Iterator[Fault]:
    """Endless faults, `share` of the connections going wrong in some way. `seconds` is for delays and silence."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    wrong = [how for how in How if how is not How.WELL]
    while True:
        how = chance.choice(wrong) if chance.random() < share else How.WELL
        yield Fault(how, chance.randrange(12_000), seconds * chance.random())


class FaultProxy:
    """Runs in an event loop of its own. `struck` counts what went wrong so far."""

    def __init__(self, target: tuple[str, int], faults: Iterator[Fault]) -> None:
        self.target = target
        self.port = 0
        self.struck = dict.fromkeys(How, 0)
        self._faults = faults
        self._end = lambda: None

    async def serve(self, ready: threading.Event) -> None:
        """Until `end`."""
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        self._end = lambda: loop.call_soon_threadsafe(stop.set)
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()

    def end(self) -> None:
        """For other threads."""
        self._end()

    async def _connected(self, down: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        fault = next(self._faults)
        self.struck[fault.how] += 1
        writers = [answers]
        with suppress(OSError):
            if fault.how in (How.DELAY, How.HALF_OPEN):
                await asyncio.sleep(fault.seconds)
            if fault.how is not How.HALF_OPEN:
                up, requests = await asyncio.open_connection(*self.target)
                writers.append(requests)
                await self._carried(fault, (down, answers), (up, requests))
        for writer in writers:
            writer.transport.abort()

    async def _carried(self, fault: Fault, here: tuple, there: tuple) -> None:
        """Both ways until one end is reached, or the fault strikes."""
        said = bytearray()
        ways = (
            self._upwards(fault, here[0], there[1], said),
            self._downwards(fault, there[0], here[1], said),
        )
        tasks = [asyncio.create_task(way) for way in ways]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _upwards(self, fault: Fault, source, target, said: bytearray) -> None:
        while piece := await source.read(PIECE_BYTES):
            if fault.how is How.CUT_REQUEST and len(said) + len(piece) > fault.after_bytes:
                target.write(piece[: fault.after_bytes - len(said)])
                await target.drain()
                return
            said += piece
            target.write(piece)
            await target.drain()

    async def _downwards(self, fault: Fault, source, target, said: bytearray) -> None:
        sent = 0
        while piece := await source.read(PIECE_BYTES):
            if fault.how is How.SWALLOW:
                return
            if fault.how is How.DUPLICATE and not sent:
                await self._say_again(bytes(said))
            if fault.how is How.CUT_ANSWER and sent + len(piece) > fault.after_bytes:
                target.write(piece[: fault.after_bytes - sent])
                await target.drain()
                return
            sent += len(piece)
            target.write(piece)
            await target.drain()

    async def _say_again(self, request: bytes) -> None:
        """The first request of a connection once more, on another one; its answer is read and dropped."""
        up, requests = await asyncio.open_connection(*self.target)
        requests.write(request)
        with suppress(OSError):
            await requests.drain()
            await up.read(PIECE_BYTES)
        requests.transport.abort()


@contextmanager
def running(target: tuple[str, int], faults: Iterator[Fault]) -> Iterator[FaultProxy]:
    """A proxy before `target`, on a thread of its own."""
    proxy, ready = FaultProxy(target, faults), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(proxy.serve(ready)), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield proxy
    finally:
        proxy.end()
        thread.join()
