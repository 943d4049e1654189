"""Feeds events to the visit, shows its states, and carries its effects out through the ports.

Rules
  1. Everything here runs on the UI thread (an asyncio loop); ports work on threads of their own (workers.py).
  2. This is the one place that turns exceptions into events. A known error becomes the failure event
     with its code; an unknown one ends the visit, wipes it and says so (VISIT-01); three within a
     minute put the terminal out of service until the minute is over.
  3. The log names types of events and errors, codes and durations, never a value.

What an event means is the machine's business (visit/machine.py), which call an effect is is said in work.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from kiosk.application import OutOfServiceReason
from kiosk.ports import CardPlace
from kiosk.visit.machine import Step, UnexpectedAnswer, advance
from kiosk.visit.model import (
    CardInserted,
    CardRemoved,
    Choosing,
    CodeEntered,
    Event,
    Finished,
    Idle,
    Interrupted,
    OutOfService,
    ServiceChanged,
    State,
    TakeCard,
    Tick,
    Touched,
    VisitFailed,
)
from kiosk.work import Ports, ask_readiness, listen, work_for
from kiosk.workers import Crew, Work, from_thread, place

__all__ = ["Ports", "Runtime"]

log = logging.getLogger("kiosk.runtime")

TICK_S = 0.5
READINESS_S = 5.0
WATCH_S = 5.0
FAULT_WINDOW_S = 60.0
FAULTS_IN_WINDOW = 3
CLOSE_S = 2.0

# States in which nobody is in the middle of something: there the store is asked whether visits may start.
BETWEEN_VISITS = Idle | Choosing | Finished | TakeCard | OutOfService


class Runtime:
    """One terminal at work: hand it events, it shows states.

    `ignored` counts touches that meant nothing where they were made (double taps); `crew` knows the calls
    under way, `watching` is whether the reader reports cards.
    """

    def __init__(self, state: State, ports: Ports, show: Callable[[State], None]) -> None:
        self.state = state
        self.ignored = 0
        self._ports = ports
        self._show = show
        self.crew = Crew(ports.clock, self._answer, self._fault)
        self._inbox: deque[Event] = deque()
        self._handling = False
        self._faults: deque[float] = deque(maxlen=FAULTS_IN_WINDOW)
        self._readiness_due = self._watch_due = 0.0
        self.watching = False
        self._closed = asyncio.Event()
        self._broken: Exception | None = None

    # ---- life ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until `close`. Raises only what even a wiped visit could not survive: the program must start anew."""
        self.start()
        while not self._closed.is_set():
            self.tick()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), TICK_S)
        if self._broken is not None:
            raise self._broken

    def start(self) -> None:
        """Show the first state; let the scanner speak. Needs the running loop."""
        self._readiness_due = self._watch_due = self._ports.clock.monotonic()
        self._show(self.state)
        scanner = self._ports.scanner
        if scanner is not None:
            say = self._say_from_thread()
            self._begin(listen("scanner", lambda: scanner.listen(lambda text: say(CodeEntered(text)))))

    def tick(self) -> None:
        """Time passes: overdue calls fail, the store is asked, the visit gets older."""
        now = self._ports.clock.monotonic()
        self.crew.expire()
        if now >= self._watch_due:
            self._watch_due = now + WATCH_S
            self._watch_cards()
        if now >= self._readiness_due and isinstance(self.state, BETWEEN_VISITS):
            self._readiness_due = now + READINESS_S
            if not self.crew.busy("store"):
                self._begin(ask_readiness(self._ports.store))
        self.handle(Tick(now, self._ports.clock.today()))

    async def close(self) -> None:
        """Let reader and scanner go."""
        self._closed.set()
        cards, scanner = self._ports.cards, self._ports.scanner
        goodbyes: dict[str, Callable[[], None]] = {}
        if cards is not None:
            goodbyes["reader"] = cards.close
        if scanner is not None:
            goodbyes["scanner"] = scanner.close
        await self.crew.close(goodbyes, CLOSE_S)

    # ---- events -------------------------------------------------------------------------------

    def handle(self, event: Event) -> None:
        """Take one event, on the UI thread. An event that comes while another is handled waits its turn."""
        self._inbox.append(event)
        if self._handling:
            return
        self._handling = True
        try:
            while self._inbox and self._broken is None:
                self._take(self._inbox.popleft())
        finally:
            self._handling = False

    def _take(self, event: Event) -> None:
        try:
            self._enter(advance(self.state, event), event)
        except UnexpectedAnswer as error:
            log.warning("%s", error)
        except Exception as error:
            if isinstance(event, VisitFailed):
                self._broken = error
                self._closed.set()
            else:
                self._fault(error)

    def _enter(self, step: Step, event: Event) -> None:
        before, self.state = self.state, step.state
        self.ignored += step.ignored
        if not isinstance(event, Tick | Touched):
            names = type(event).__name__, type(before).__name__, type(step.state).__name__
            log.info("%s in %s -> %s%s", *names, " (ignored)" if step.ignored else "")
        if step.state is not before:
            self.crew.forget(self._late)
            if not isinstance(event, Tick) or _redraws(before, step.state):
                self._show(step.state)
        for effect in step.effects:
            self._begin(work_for(effect, self._ports, self._say_from_thread()))

    def _answer(self, event: Event) -> None:
        """An event from a port. What the store says about readiness matters only if it is news."""
        if isinstance(event, ServiceChanged):
            event = ServiceChanged(OutOfServiceReason.FAULT) if self._faulty() else event
            if event.reason == self.state.session.service:
                return
        self.handle(event)

    def _say_from_thread(self) -> Callable[[Event], None]:
        """`handle` for any other thread."""
        loop = asyncio.get_running_loop()
        return lambda event: from_thread(loop, lambda: self.handle(event))

    # ---- faults -------------------------------------------------------------------------------

    def _fault(self, error: BaseException) -> None:
        """Nobody foresaw this: wipe, say so, go on; too often in a minute: out of service."""
        log.error("VISIT-01 %s at %s", type(error).__name__, place(error))
        self._faults.append(self._ports.clock.monotonic())
        self.handle(VisitFailed(OutOfServiceReason.FAULT if self._faulty() else None))

    def _faulty(self) -> bool:
        now = self._ports.clock.monotonic()
        return len(self._faults) == FAULTS_IN_WINDOW and now - self._faults[0] < FAULT_WINDOW_S

    # ---- ports --------------------------------------------------------------------------------

    def _begin(self, work: Work) -> None:
        self.crew.begin(work, self.state.session.offer.patience.device_s)

    def _late(self, work: Work) -> bool:
        """Whether the answer would be dropped: another visit, or a question no longer asked."""
        session = self.state.session
        return bool(work.visit_id) and (work.visit_id != session.visit_id or work.request < session.request)

    def _watch_cards(self) -> None:
        """Ask the reader to report cards; one that is not there yet is asked again later."""
        cards = self._ports.cards
        if cards is None or self.watching or self.crew.busy("reader"):
            return
        say = self._say_from_thread()
        loop = asyncio.get_running_loop()

        def watch(device: CardPlace) -> None:
            device.watch(lambda present: say(CardInserted() if present else CardRemoved()))
            from_thread(loop, self._now_watching)

        self._begin(listen("reader", lambda: watch(cards)))

    def _now_watching(self) -> None:
        self.watching = True


def _redraws(before: State, after: State) -> bool:
    """Whether a tick changed what is seen: something beside the clock, or the countdown of the warning."""
    if type(before) is not type(after) or isinstance(after, Interrupted):
        return True
    return before.session.today != after.session.today or replace(before, session=after.session) != after
