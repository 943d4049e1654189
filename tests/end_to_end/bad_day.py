"""Run by test_bad_day.py in a process of its own: central is down, the paper is out, delivery is killed.

Prints one JSON line: what the citizen saw, and what central holds in the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["SDL_VIDEODRIVER"] = "offscreen"

from devices.simulation import command
from kiosk.config import load_terminal
from kiosk.delivery.inspect import listed
from kiosk.delivery.outbox import RowState
from kiosk.demo.stage import Stage
from kiosk.procedures.journey import journey
from kiosk.terminal import Terminal
from kiosk.visit import model as visit

PATIENCE_S = 60.0
ANSWERS = {
    "category": "light",
    "danger": "no",
    "place_street": "Beispielstraße 7",
    "description": "Die Laterne vor dem Haus ist seit Tagen dunkel.",
    "contact_wanted": "no",
    "public_ok": "no",
}


class Day:
    """A terminal driven by events, and what it showed."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.terminal = Terminal(load_terminal(stage.terminal_toml))
        self.seen: dict[str, Any] = {}

    @property
    def state(self) -> Any:
        return self.terminal.runtime.state

    def does(self, *events: Any) -> None:
        for event in events:
            self.terminal.runtime.handle(event)

    async def until(self, there: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not there():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}; the terminal shows {type(self.state).__name__}")
            await asyncio.sleep(0.02)

    async def reaches(self, kind: type) -> None:
        await self.until(lambda: isinstance(self.state, kind), kind.__name__)

    async def reports_a_defect(self) -> None:
        """A whole visit up to the last screen."""
        await self.reaches(visit.Idle)
        self.does(visit.ProcedureChosen("maengelmelder"), visit.NoticeAgreed())
        while isinstance(state := self.state, visit.Answering):
            step = journey(state.procedure, state.answers, state.session.today).step(state.step_key)
            paths = [step.path(item) for item in step.fields] if step else []
            self.does(visit.AnswersGiven(state.step_key, {path: ANSWERS.get(path, "") for path in paths}))
            if self.state == state or getattr(self.state, "problems", None):
                raise ValueError(f"{state.step_key} refused {self.state.problems}")
        self.does(visit.ReviewAccepted(), visit.SubmissionConfirmed())
        await self.reaches(visit.Finished)

    async def status(self, code: str) -> list[str]:
        """What "where is my application?" says, until it says something."""
        await self.reaches(visit.Idle)
        self.does(visit.CodeEntered(code))
        await self.until(lambda: self.state.entries is not None or bool(self.state.problem), "a status")
        found = [entry.state.value for entry in self.state.entries or ()]
        self.does(visit.Ended())
        return found

    async def delivered(self) -> None:
        path = load_terminal(self.stage.terminal_toml).outbox.path
        await self.until(lambda: all(row.state is RowState.DELIVERED for row in listed(path)), "delivery")

    async def play(self) -> None:
        self.stage.end("serve")
        command(self.stage.control_socket, ["paper-out"])
        await self.reports_a_defect()
        self.seen["without_paper"] = self.state.problem
        code = self.state.receipt.code
        command(self.stage.control_socket, ["paper-in"])
        self.does(visit.ReprintWanted())
        await self.reaches(visit.Finished)
        self.seen["reprint"] = self.state.outcome.value
        self.does(visit.Ended())
        self.seen["status_without_central"] = await self.status(code)

        self.stage.end("sync", at_once=True)
        await self.reports_a_defect()
        self.does(visit.Ended())
        self.stage.begin("serve")
        self.stage.begin("sync")
        await self.delivered()
        self.seen["status_in_the_end"] = await self.status(code)
        self.seen["references"] = sorted(
            row.reference for row in listed(load_terminal(self.stage.terminal_toml).outbox.path)
        )


def held_by_central(folder: Path) -> dict[str, int]:
    """How many submitted submissions central holds under each reference it opened."""
    with sqlite3.connect(folder / "central.db") as database:
        rows = database.execute("SELECT reference, COUNT(*) FROM central_opened GROUP BY reference").fetchall()
    return dict(rows)


async def live_through(stage: Stage) -> dict[str, Any]:
    """The whole day; what was seen."""
    day = Day(stage)
    running = asyncio.create_task(day.terminal.run())
    try:
        await day.play()
        await day.until(
            lambda: len(held_by_central(stage.folder)) == len(day.seen["references"]), "central to open all"
        )
    finally:
        await day.terminal.runtime.close()
        await running
    day.seen["held"] = held_by_central(stage.folder)
    day.seen["receipts"] = len(list((stage.folder / "receipts").glob("receipt-*.png")))
    return day.seen


if __name__ == "__main__":
    whole = Stage(Path(sys.argv[1]), 0)
    with whole:
        said = asyncio.run(live_through(whole))
    sys.stdout.write(json.dumps(said) + "\n")
