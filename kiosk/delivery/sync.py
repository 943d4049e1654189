"""`kiosk sync`: its own process between the outbox and the network. It sees sealed parts only.

Rules
  1. One failing submission never holds up another; only a refused terminal (401, 403) or a full disk
     stops the queue, for a while that grows.
  2. The outbox is the only memory: a kill at any moment loses nothing, and nothing is sent twice. A
     lock beside the outbox keeps a second sync away.
  3. The event loop never blocks: the outbox has its thread, every call of the network one of its own.

The steps of one delivery are courier.py's, the local socket's lines socket_desk.py's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import sdnotify

from kiosk.config import TerminalConfig
from kiosk.delivery import socket_desk
from kiosk.delivery.courier import Courier
from kiosk.delivery.eid_carrier import OPS, EidCarrier
from kiosk.delivery.fitconnect import FitConnect, RefusedError
from kiosk.delivery.lookup import Guesses, entry_of, merge, read_entries, to_json
from kiosk.delivery.outbox import Outbox, Row
from kiosk.delivery.outbox_file import held_alone
from kiosk.delivery.reference import status_index
from kiosk.delivery.schedule import wait_s
from kiosk.delivery.upkeep import KeyKeeper, LostAndFound, clock_is_wrong
from kiosk.delivery.workers import OutboxThread, in_background
from kiosk.errors import DeliveryError, KioskError, OutboxError, StatusError

COURIERS = 4
LOOK_AGAIN_S = 60.0
BUSY_S = 5.0
REFRESH_S = 300.0
IN_TOUCH_S = 15.0
HOUSEKEEPING_S = 3600.0
WATCHDOG_S = 20.0
KEY_ERRORS = ("DELIV-01", "DELIV-02", "DELIV-05")  # over as soon as every key could be fetched

log = logging.getLogger("kiosk.sync")


def run(config: TerminalConfig) -> int:
    """Deliver until SIGTERM or SIGINT; 0. Raises ConfigError, and OutboxError (damaged, or another sync runs)."""
    with held_alone(config.outbox.path):
        asyncio.run(Sync(config).run())
    return 0


class Sync:
    """One running process. Everything here happens on the event loop."""

    def __init__(self, config: TerminalConfig, chance: Callable[[], float] = random.random) -> None:
        """Raises ConfigError and OutboxError. `chance` spreads the attempts: uniform in [0, 1)."""
        self._config = config
        self._chance = chance
        clients = [FitConnect(config.delivery) for _ in range(COURIERS + 3)]
        self._refresh_client, self._status_client, self._touch_client = clients[:3]
        self._outbox = OutboxThread(config.outbox.path)
        self._eid = None if config.online is None else EidCarrier(config.online.eid_server_url)
        self._idle = [Courier(client, self._outbox.ask) for client in clients[3:]]
        self._keys = KeyKeeper(config.delivery, self._refresh_client)
        self._lost = LostAndFound(self._refresh_client, Courier(self._refresh_client, self._outbox.ask))
        self._under_way: dict[UUID, asyncio.Task[None]] = {}
        self._looking = asyncio.Lock()
        self._guesses = Guesses(time.monotonic)
        self._woken = asyncio.Event()
        self._stop = asyncio.Event()
        self._halted_until = 0.0
        self._halts = 0
        self._online = False
        self._last_error: str | None = None
        self._fatal: OutboxError | None = None

    async def run(self) -> None:
        """Until stopped. Raises OutboxError if the outbox turns out to be damaged."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        socket = self._config.delivery.sync_socket
        server = await socket_desk.serve(socket, self._respond)
        duties = [self._pump(), self._refresh(), self._stay_in_touch(), self._keep_house(), self._notify()]
        tasks: list[asyncio.Task[Any]] = [asyncio.create_task(duty) for duty in duties]
        tasks.append(asyncio.create_task(self._stop.wait()))
        log.info("sync started")
        try:
            finished, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                task.result()  # a duty that ended by itself ended by an error
        finally:
            await self._shut_down(server, [*tasks, *self._under_way.values()])
            socket.unlink(missing_ok=True)
        if self._fatal is not None:
            raise self._fatal

    async def _shut_down(self, server: asyncio.Server, tasks: list[asyncio.Task[Any]]) -> None:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._outbox.close()
        log.info("sync stopped")

    # ---- duties -----------------------------------------------------------------------------

    async def _pump(self) -> None:
        """Start what is due, then sleep until the next one is, or somebody wakes us."""
        while True:
            self._woken.clear()
            pause = self._halted_until - time.monotonic()
            if pause <= 0:
                pause = await self._start_due()
            # Not wait_for: before Python 3.12 it swallows a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(pause, LOOK_AGAIN_S)):
                    await self._woken.wait()

    async def _start_due(self) -> float:
        """Hand due submissions to idle couriers; seconds until the next one is due."""
        now = time.time()
        for row in await self._outbox.answer(lambda box: box.due(now)):
            if row.id not in self._under_way and self._idle:
                courier = self._idle.pop()
                self._under_way[row.id] = asyncio.create_task(self._carry(courier, row))
        if self._under_way:
            return BUSY_S  # a courier that comes back wakes us earlier
        following = await self._outbox.answer(lambda box: box.next_due())
        return LOOK_AGAIN_S if following is None else max(following - now, 0.1)

    async def _carry(self, courier: Courier, row: Row) -> None:
        """One attempt at one submission, whatever comes of it."""
        started = time.monotonic()
        try:
            await in_background(lambda: courier.deliver(row.id))
            self._succeeded()
            log.info("submission delivered in %.1f s", time.monotonic() - started)
        except KioskError as error:
            await self._failed(row, error)
        except Exception as error:
            log.exception("delivery broke off")
            await self._failed(row, DeliveryError("DELIV-01", type(error).__name__))
        finally:
            self._idle.append(courier)
            del self._under_way[row.id]
            self._woken.set()

    async def _refresh(self) -> None:
        """Fetch every destination's key ahead, so that a visit needs no network; look after a restored service."""
        failed_rounds = 0
        while True:
            failures = [*await in_background(self._keys.refresh), *await self._look_for_lost()]
            if not failures and self._last_error in KEY_ERRORS:
                self._last_error = None
            self._online = not failures or (self._online and all(error.code != "DELIV-01" for error in failures))
            for error in failures:
                self._last_error = error.code
                log.warning("not refreshed: %s", error)
            failed_rounds = failed_rounds + 1 if failures else 0
            await asyncio.sleep(wait_s(failed_rounds, self._chance()) if failures else REFRESH_S)

    async def _look_for_lost(self) -> tuple[KioskError, ...]:
        """What went wrong."""
        try:
            if await in_background(self._lost.look):
                self._woken.set()
        except (DeliveryError, OutboxError) as error:
            return (error,)
        return ()

    async def _stay_in_touch(self) -> None:
        """Notice a lost connection before a receipt promises otherwise."""
        while True:
            try:
                await in_background(self._touch_client.service_keys)
                self._online = True
                if clock_is_wrong(ahead_s := self._touch_client.clock_ahead_s):
                    log.warning("the clock is %+.0f s ahead of the delivery service's", ahead_s)
            except DeliveryError as error:
                self._online = self._online and error.code != "DELIV-01"
            await asyncio.sleep(IN_TOUCH_S)

    async def _keep_house(self) -> None:
        """Nothing is buried by a clock that is known to be wrong: it would shorten the days a parcel is kept."""
        while True:
            if not clock_is_wrong(self._touch_client.clock_ahead_s):
                await self._housework(lambda box: box.bury(datetime.now(UTC).date()))
            await asyncio.sleep(HOUSEKEEPING_S)

    async def _notify(self) -> None:
        """Tell systemd that loop and outbox thread are alive."""
        systemd = sdnotify.SystemdNotifier()
        systemd.notify("READY=1")
        while True:
            await self._housework(lambda box: box.tidy())
            systemd.notify("WATCHDOG=1")
            await asyncio.sleep(min(WATCHDOG_S, int(os.environ.get("WATCHDOG_USEC", "60000000")) / 3_000_000))

    async def _housework(self, work: Callable[[Outbox], object]) -> None:
        """What may be left undone for a while: a full disk does not end the process, a damaged outbox does."""
        try:
            await self._outbox.answer(work)
        except OutboxError as error:
            self._give_up_if_damaged(error)

    def _give_up_if_damaged(self, error: OutboxError) -> None:
        log.error("outbox: %s", error)
        self._last_error = error.code
        if error.code == "OUTBOX-02":
            self._fatal = error
            self._stop.set()

    # ---- outcomes ---------------------------------------------------------------------------

    def _succeeded(self) -> None:
        self._online, self._last_error, self._halts = True, None, 0

    async def _failed(self, row: Row, error: KioskError) -> None:
        """Decide by the error's code. An outbox that cannot even note it stops the queue, too."""
        self._last_error = error.code
        self._online = self._online and error.code != "DELIV-01"
        try:
            await self._note(row, error)
            log.warning("delivery failed: %s", error)
        except OutboxError as worse:
            self._halt(worse)
            self._give_up_if_damaged(worse)

    async def _note(self, row: Row, error: KioskError) -> None:
        if error.code in ("DELIV-02", "OUTBOX-01"):
            self._halt(error)
        if error.code == "DELIV-02":  # `kiosk outbox list` says why it waits; due again as soon as the queue is
            await self._outbox.answer(lambda box: box.postpone(row.id, error.code, time.time()))
        elif error.code in ("DELIV-03", "OUTBOX-02"):
            await self._outbox.answer(lambda box: box.quarantine(row.id, error.code))
        elif error.code != "OUTBOX-01":
            asked = error.retry_after_s if isinstance(error, DeliveryError) else None
            until = time.time() + wait_s(row.attempts + 1, self._chance(), asked)
            await self._outbox.answer(lambda box: box.postpone(row.id, error.code, until))

    def _halt(self, error: KioskError) -> None:
        """No submission can go now: wait, ever longer, before one is tried again."""
        if time.monotonic() < self._halted_until:
            return  # another courier was told the same
        self._halts += 1
        pause = wait_s(self._halts + 3, self._chance())
        self._halted_until = time.monotonic() + pause
        log.error("queue halted for %.0f s: %s", pause, error)

    # ---- the local socket -------------------------------------------------------------------

    async def _respond(self, question: socket_desk.Question) -> Mapping[str, Any]:
        try:
            match question.get("op"):
                case "wake":
                    self._woken.set()
                    return {}
                case "health":
                    waiting = await self._outbox.answer(lambda box: box.waiting())
                    return {"online": self._online, "waiting": waiting, "last_error": self._last_error}
                case "status":
                    return {"entries": await self._status(str(question.get("token", "")))}
                case str(op) if op in OPS and (eid := self._eid) is not None:
                    return await in_background(lambda: eid.answer(question))
        except KioskError as error:
            return {"error": error.code if isinstance(error, StatusError) else "STATUS-01"}
        return {"error": "STATUS-01"}

    async def _status(self, token: str) -> list[dict[str, str]]:
        """Raises StatusError, OutboxError."""
        async with self._looking:
            self._guesses.check()
            try:
                index = status_index(token)
            except ValueError as error:
                raise StatusError("STATUS-01", "not a token") from error
            rows = await self._outbox.answer(lambda box: box.by_status(index))
            own = [entry_of(row, self._phone(row)) for row in rows]
            try:
                answer = await in_background(lambda: self._status_client.status(token))
                known = read_entries(answer) if answer is not None else ()
            except (DeliveryError, StatusError) as error:
                if not own:
                    raise _as_status_error(error) from error
                known = ()
            if not (known or own):
                self._guesses.wrong()
            return [to_json(entry) for entry in merge(known, own)]

    def _phone(self, row: Row) -> str:
        bound = self._config.delivery.destinations.get(row.destination)
        return "" if bound is None else bound.phone


def _as_status_error(error: KioskError) -> StatusError:
    slowed = isinstance(error, RefusedError) and error.status == HTTPStatus.TOO_MANY_REQUESTS
    return StatusError("STATUS-02" if slowed else "STATUS-01")
