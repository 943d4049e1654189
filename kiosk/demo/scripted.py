"""One whole visit, played: a dog is registered with the card, on the real window, devices, outbox and central.

Rules
  1. Every touch goes through the window as a finger's would; nothing is told to the visit directly.
  2. It ends well only if every caseworker sees exactly what was typed and read for that department.
  3. All persons are invented (assets/people).
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyotp

from devices.cards.people import PEOPLE, load_people
from devices.simulation import command
from kiosk.application import Application
from kiosk.demo.stage import STAFF_ID, Stage
from kiosk.procedures import fields
from kiosk.procedures.journey import journey
from kiosk.procedures.model import Field, Source
from kiosk.visit import model as visit

if TYPE_CHECKING:
    from kiosk.terminal import Terminal
    from screens.hand import Hand

PROCEDURE = "hund-anmelden"
PERSON = "erika"

# What the citizen answers, by path: an option's id, or the text typed.
ANSWERS: Mapping[str, str] = {
    "applicant_is": "keeper",
    "dogs.1.dog_name": "Mila",
    "dogs.1.sex": "female",
    "dogs.1.breed": "Mischling",
    "dogs.1.second_breed": "Labrador",
    "dogs.1.colour": "schwarz mit weißer Brust",
    "dogs.1.dog_birth_date": "03.2026",
    "dogs.1.chip_number": "276098106123456",
    "dogs.1.acquired_on": "14.11.2026",
    "dogs.1.origin": "private",
    "dogs.1.previous_owner_name": "Tierfreunde Wółšyna",
    "dogs.1.dangerous": "no",
    "dogs.1.replaces_dog": "no",
    "dogs.1.more": "no",
    "household_dog_count": "1",
    "sepa": "no",
}


@dataclass
class Album:
    """The pictures of the visit in order, each with the milliseconds from the last touch to the finished screen."""

    folder: Path
    hand: Hand
    photograph: Callable[[Path], object]
    steps: list[dict[str, Any]] = field(default_factory=list)

    def take(self, screen: str) -> None:
        took_ms = (time.monotonic() - self.hand.pressed_at) * 1000
        name = f"{len(self.steps) + 1:02d}-{screen.replace('/', '-')}.png"
        self.photograph(self.folder / name)
        self.steps.append({"screen": screen, "png": name, "ms": round(took_ms, 1)})


class ScriptedVisit:
    """Plays the visit on a terminal of the demo's stage; keeps what was handed in, and the code of the receipt."""

    def __init__(self, stage: Stage, terminal: Terminal, hand: Hand, out: Path) -> None:
        from screens.hand import photograph  # kivy reads its environment when it is imported

        self.stage, self.terminal, self.hand = stage, terminal, hand
        self.album = Album(out, hand, photograph)
        self.application: Application | None = None
        self.code = ""
        self.references: frozenset[str] = frozenset()
        self.touches: dict[str, int] = {}
        self.saved_at = 0.0

    async def play(self) -> None:
        """From the start screen to the receipt, and the status afterwards. Raises LookupError where it cannot go on."""
        await self._enter()
        await self._identify()
        await self._answer()
        await self._send()
        await self._take_leave()

    async def look_up(self, code: str, screen: str) -> None:
        """Hold the receipt under the scanner at the start screen."""
        await self._until(visit.Idle)
        self.hand.pressed_at = time.monotonic()
        self._simulate("scan", code)
        await self.hand.until(lambda: bool(getattr(self.state, "entries", None)), "the status")
        self.album.take(screen)
        await self._tap("continue")
        await self._until(visit.Idle)

    @property
    def state(self) -> visit.State:
        return self.terminal.runtime.state

    async def _enter(self) -> None:
        await self._until(visit.Idle)
        self.album.take("start")
        await self._tap(PROCEDURE)
        await self._until(visit.Informing)
        self.album.take("informing")
        await self._tap("continue")

    async def _identify(self) -> None:
        await self._until(visit.Identifying)
        self.album.take("identifying")
        await self._tap("with-card")
        await self._until(visit.Confirming)
        self.album.take("confirming")
        await self.hand.write("staff-number", STAFF_ID)
        await self.hand.write("staff-code", staff_code(self.stage.folder))
        await self._tap("continue")
        await self._phase(visit.IdentifyingPhase.INSERT)
        self.album.take("insert-card")
        self.hand.pressed_at = time.monotonic()
        self._simulate("insert", PERSON)
        await self._phase(visit.IdentifyingPhase.CAN)
        self.album.take("can")
        await self.hand.write("can", load_people(PEOPLE)[PERSON].can)
        await self._tap("continue")
        await self._phase(visit.IdentifyingPhase.READING)
        self.album.take("reading-card")

    async def _answer(self) -> None:
        await self._until(visit.Answering)
        while isinstance(state := self.state, visit.Answering):
            self.album.take(f"answering-{state.step_key}")
            step = journey(state.procedure, state.answers, state.session.today).step(state.step_key)
            for item in step.fields if step else ():
                await self._give(item, step.path(item) if step else "", state)
            self.album.take(f"answered-{state.step_key}")
            await self._tap("continue")
            await self.hand.until(partial(self._moved, state), "the next page")

    def _moved(self, before: visit.Answering) -> bool:
        now = self.state
        if isinstance(now, visit.Answering) and now.problems:
            raise LookupError(f"{now.step_key} refused {sorted(now.problems)}")
        return not isinstance(now, visit.Answering) or now.step_key != before.step_key

    async def _give(self, item: Field, path: str, state: visit.Answering) -> None:
        known = state.answers.get(path)
        if known is not None and known.source is Source.CARD:
            return
        text = ANSWERS.get(path)
        if text is None:
            if item.required:
                raise LookupError(f"the script has no answer for {path}")
            return
        match item:
            case fields.Choice() | fields.YesNo():
                await self._tap(f"{path}={text}")
            case fields.Date():
                await self._date(path, text)
            case fields.Address():
                await self._boxes(path, text.split("\n"))
            case _:
                await self.hand.write(path, text)

    async def _date(self, path: str, text: str) -> None:
        parts = text.split(".")
        await self._boxes(path, [""] * (3 - len(parts)) + parts)

    async def _boxes(self, path: str, parts: list[str]) -> None:
        for number, part in enumerate(parts, 1):
            if part:
                await self.hand.write(path if number == 1 else f"{path}.{number}", part)

    async def _send(self) -> None:
        await self._until(visit.Reviewing)
        self.album.take("reviewing")
        await self._tap("continue")
        await self._until(visit.Consenting)
        self.album.take("consenting")
        self.application = self.state.application if isinstance(self.state, visit.Consenting) else None
        await self._tap("continue")
        await self._until(visit.Finished)
        self.saved_at = time.monotonic()
        if isinstance(self.state, visit.Finished):
            receipt = self.state.receipt
            self.code, self.references = receipt.code, frozenset(reference for _, reference in receipt.references)
        self.album.take("finished")

    async def _take_leave(self) -> None:
        self._simulate("remove")
        await self._tap("continue")
        await self._until(visit.Idle)
        self.touches = {"touches": self.hand.taps, "field_touches": self.hand.fields, "keys": self.hand.keys}

    async def _tap(self, node_id: str) -> None:
        await self.hand.tap(node_id)

    async def _until(self, kind: type) -> None:
        await self.hand.until(lambda: isinstance(self.state, kind), kind.__name__)

    async def _phase(self, phase: visit.IdentifyingPhase) -> None:
        await self.hand.until(lambda: getattr(self.state, "phase", None) is phase, phase.value)

    def _simulate(self, *words: str) -> None:
        command(self.stage.control_socket, list(words))


def staff_code(folder: Path) -> str:
    """The one-time code of the demo's member of staff, now."""
    [member] = tomllib.loads((folder / "staff.toml").read_text(encoding="ascii"))["staff"]
    return str(pyotp.TOTP(member["totp_secret"]).now())
