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
from kiosk.procedures.journey import journey
from kiosk.terminal import Terminal
from kiosk.visit import model as visit
from tests.bench.sample import DOG_ANSWERS

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

EVERY_DOG = {
    "dog_name": "Mila",
    "sex": "female",
    "breed": "Mischling",
    "second_breed": "Labrador",
    "colour": "schwarz mit weißer Brust",
    "dog_birth_date": "2024-03",
    "acquired_on": "2025-11-14",
    "origin": "private",
    "previous_owner_name": "Tierfreunde Wółšyna",
    "previous_owner_address": "Beispielweg 4\n03046\nCottbus",
    "dangerous": "yes",
    "permit_number": "E-2026-11",
    "replaces_dog": "yes",
    "old_tag_number": "4711",
}


def every_question(dogs: int = 5) -> dict[str, str]:
    """The dog procedure with as much to answer as there can be: for somebody else, five dogs, everything applies."""
    answers = {path: text for path, text in DOG_ANSWERS.items() if not path.startswith("dogs.")}
    answers |= {"phone": "030 23125 001", "email": "name@example.org", "applicant_is": "agent"}
    answers |= {"principal_given_names": "Jan", "principal_family_names": "Muster", "authority_proof": "bring"}
    answers |= {"principal_birth_date": "1950", "principal_birth_place": "Musterstadt"}
    answers |= {"principal_address": "Beispielstraße 12\n03046\nCottbus", "household_dog_count": str(dogs)}
    answers |= {"relief": "hunting rescue", "relief_proof": "bring", "sepa": "yes", "account_holder": "Erika Beispiel"}
    answers |= {"iban": "DE02120300000000202051", "sepa_mandate": "yes"}
    for number in range(1, dogs + 1):
        answers |= {f"dogs.{number}.{name}": text for name, text in EVERY_DOG.items()}
        answers[f"dogs.{number}.chip_number"] = f"27609810612345{number}"
        answers[f"dogs.{number}.more"] = "yes" if number < dogs else "no"
    return answers


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


async def answer(terminal: Terminal, answers: Mapping[str, str], stop_at: str = "") -> None:
    """Page after page, up to `stop_at` or the review page. Raises ValueError if a page is refused."""
    while isinstance(state := terminal.runtime.state, visit.Answering) and state.step_key != stop_at:
        terminal.runtime.handle(visit.AnswersGiven(state.step_key, page_texts(state, answers)))
        after = terminal.runtime.state
        if isinstance(after, visit.Answering) and after.problems:
            raise ValueError(f"{after.step_key} refused {sorted(after.problems)}")
        await drawn()


async def hand_in(terminal: Terminal) -> None:
    """From the review page to the receipt and back to the start screen."""
    await until(terminal, visit.Reviewing, "draft")
    for event, kind in ((visit.ReviewAccepted(), visit.Consenting), (visit.SubmissionConfirmed(), visit.Finished)):
        terminal.runtime.handle(event)
        await until(terminal, kind)
    terminal.runtime.handle(visit.Ended())
    await until(terminal, visit.Idle)


async def whole_visit(terminal: Terminal, procedure_id: str, answers: Mapping[str, str]) -> None:
    await enter(terminal, procedure_id)
    await answer(terminal, answers)
    await hand_in(terminal)


def collected() -> None:
    """Everything nobody refers to is gone."""
    for _ in range(3):
        gc.collect()
