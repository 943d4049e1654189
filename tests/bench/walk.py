"""Visits on a running terminal, walked with events: what touches and devices would make of it, without their time.

The terminal is the real one (window offscreen, runtime, outbox, form press, simulated reader and printer);
every page is drawn before the next event. UI thread only.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from kivy.clock import Clock

from kiosk.config import load_terminal
from kiosk.demo.stage import STAFF_ID
from kiosk.identity import Secret, Way
from kiosk.procedures.journey import journey
from kiosk.terminal import Terminal
from kiosk.visit import model as visit

PATIENCE_S = 60.0
FRAMES = 2
DOG, DEFECT = "hund-anmelden", "maengelmelder"

DEFECT_ANSWERS = {
    "category": "light",
    "danger": "no",
    "place_street": "Musterallee 17",
    "description": "Die Laterne ist seit drei Tagen dunkel.",
    "contact_wanted": "no",
    "public_ok": "no",
}


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Terminal]:
    """The terminal of `folder`/terminal.toml at its start screen; closed in the end."""
    terminal = Terminal(load_terminal(folder / "terminal.toml"))
    work = asyncio.create_task(terminal.run())
    try:
        await until(terminal, visit.Idle)
        yield terminal
    finally:
        await terminal.runtime.close()
        await work


async def until(terminal: Terminal, kind: type, ready: str = "") -> None:
    """Wait until the visit is in such a state (and its attribute `ready` is set) and drawn. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE_S
    while not isinstance(terminal.runtime.state, kind) or (ready and getattr(terminal.runtime.state, ready) is None):
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {kind.__name__} {ready}, but {type(terminal.runtime.state).__name__}")
        await asyncio.sleep(0.005)
    await drawn()


async def drawn(frames: int = FRAMES) -> None:
    """Let frames be drawn."""
    for _ in range(frames):
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        Clock.schedule_once(lambda _dt, now=done: now.done() or now.set_result(None), 0)
        await done


def page_texts(state: visit.Answering, answers: Mapping[str, str]) -> dict[str, str]:
    """What `answers` has for the page shown."""
    step = journey(state.procedure, state.answers, state.session.today).step(state.step_key)
    paths = [step.path(item) for item in step.fields] if step else []
    return {path: answers.get(path, "") for path in paths}


async def enter(terminal: Terminal, procedure_id: str) -> None:
    """From the start screen to the first page, without a card."""
    handle = terminal.runtime.handle
    handle(visit.ProcedureChosen(procedure_id))
    await until(terminal, visit.Informing)
    handle(visit.NoticeAgreed())
    await drawn()
    if isinstance(terminal.runtime.state, visit.Identifying):
        handle(visit.WayChosen(None))
    await until(terminal, visit.Answering)


def lay_down(terminal: Terminal, person: str) -> None:
    """Put a virtual card on the reader."""
    terminal.devices.simulation.do({"do": "insert", "person": person})


async def up_to_the_can(terminal: Terminal, code: str, staff_id: str = STAFF_ID) -> None:
    """From the start screen to the six digits: with staff's one-time `code`, or as a traveller without."""
    handle = terminal.runtime.handle
    handle(visit.ProcedureChosen(DOG))
    await until(terminal, visit.Informing)
    handle(visit.NoticeAgreed())
    handle(visit.WayChosen(Way.ON_SITE if code else Way.TRAVEL_DOCUMENT))
    if code:
        handle(visit.StaffCodeEntered(staff_id, Secret(code)))
    deadline = time.monotonic() + PATIENCE_S
    while getattr(terminal.runtime.state, "phase", None) is not visit.IdentifyingPhase.CAN:
        if time.monotonic() > deadline:
            raise TimeoutError(f"no CAN asked for, but {terminal.runtime.state}")
        await asyncio.sleep(0.005)
    await drawn()


async def answer(terminal: Terminal, answers: Mapping[str, str], stop_at: str = "") -> None:
    """Page after page, up to `stop_at` or the review page. Raises ValueError if a page is refused."""
    while isinstance(state := terminal.runtime.state, visit.Answering) and state.step_key != stop_at:
        terminal.runtime.handle(visit.AnswersGiven(state.step_key, page_texts(state, answers)))
        after = terminal.runtime.state
        if isinstance(after, visit.Answering) and after.problems:
            raise ValueError(f"{after.step_key} refused {sorted(after.problems)}")
        await drawn()
        swept()


async def hand_in(terminal: Terminal) -> None:
    """From the review page to the receipt and back to the start screen."""
    await until(terminal, visit.Reviewing, "draft")
    for event, kind in ((visit.ReviewAccepted(), visit.Consenting), (visit.SubmissionConfirmed(), visit.Finished)):
        terminal.runtime.handle(event)
        await until(terminal, kind)
    terminal.runtime.handle(visit.Ended())
    await until(terminal, visit.Idle)


def swept() -> None:
    """What the window does itself for everybody who stays on a page for half a second: let the page before go."""
    gc.collect()


async def whole_visit(terminal: Terminal, procedure_id: str, answers: Mapping[str, str]) -> None:
    await enter(terminal, procedure_id)
    await answer(terminal, answers)
    await hand_in(terminal)
