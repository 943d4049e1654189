"""`kiosk demo` and `kiosk simulate`: the demo with its window, or one whole visit without a display."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devices.simulation import command
from kiosk.application import Application
from kiosk.config import load_terminal
from kiosk.console import say
from kiosk.delivery.inspect import listed
from kiosk.delivery.outbox import Row, RowState
from kiosk.demo.caseworker import Caseworker
from kiosk.demo.stage import STAFF_ID, Seed, Stage, default_folder
from kiosk.errors import ConfigError, DeliveryError
from kiosk.language import SOURCE, load
from kiosk.procedures.summary import summary

if TYPE_CHECKING:
    from kiosk.demo.scripted import ScriptedVisit

DELIVERED_S = 30.0
# Which account of the demo reads which destination of the scripted visit.
ACCOUNTS = {"dog-tax": "steuern", "dog-register": "ordnung"}


def play(folder: Path | None, port: int, *, headless: bool, out: Path | None) -> int:
    """Run the demo until its window is closed, or play the scripted visit. Returns the exit status."""
    folder = folder or default_folder()
    shown = bool(os.environ.get("DISPLAY"))
    stage = Stage(folder, port)
    with stage as seed:
        introduce(stage, seed)
        if shown and not headless:
            return subprocess.run(stage.command("run", "--config", str(stage.terminal_toml)), check=False).returncode  # noqa: S603  # own program, own words
        if not headless:
            say("There is no display here (DISPLAY is not set): playing one visit without a window.")
        out = out or folder / "visit"
        same = asyncio.run(play_headless(stage, seed, out))
        say(f"The visit's pictures, receipt and case pages are in {out}.")
        say("Both departments see what was typed." if same else "A department sees something else than was typed.")
        return 0 if same else 1


def introduce(stage: Stage, seed: Seed) -> None:
    """Where to look and how to log in."""
    say(f"Central: {seed.url}")
    for account, password in seed.logins.items():
        say(f"  login {account}, password {password}")
    say(f"Simulated devices: kiosk simulate people | insert PERSON | remove | staff | …   (state in {stage.folder})")


def simulate(folder: Path | None, words: list[str]) -> str:
    """Work the demo's devices. Raises ConfigError if no demo runs or the words make no sense."""
    folder = folder or default_folder()
    if words == ["staff"]:
        from kiosk.demo.scripted import staff_code

        return f"number {STAFF_ID}, code {staff_code(folder)}"
    try:
        return command(folder / "control.sock", words)
    except OSError as error:
        raise ConfigError("CONFIG-01", f"no demo runs in {folder}") from error
    except ValueError as error:
        raise ConfigError("CONFIG-02", str(error)) from error


async def play_headless(stage: Stage, seed: Seed, out: Path) -> bool:
    """Play the visit and write `out`/visit.json. Whether both departments see what was typed."""
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    out.mkdir(parents=True, exist_ok=True)
    from kiosk.terminal import Terminal

    terminal = Terminal(load_terminal(stage.terminal_toml))
    from kiosk.demo.scripted import ScriptedVisit
    from screens.hand import Hand

    script = ScriptedVisit(stage, terminal, Hand(terminal.app), out)
    running = asyncio.create_task(terminal.run())
    try:
        await _unless_it_ends(script.play(), running)
        rows = await asyncio.to_thread(await_delivery, stage, script)
        delivery_ms = (time.monotonic() - script.saved_at) * 1000
        await _unless_it_ends(script.look_up(script.code, "status-arrived"), running)
        cases = await asyncio.to_thread(look_at_cases, script, seed, rows, out)
        await _unless_it_ends(script.look_up(script.code, "status-accepted"), running)
    finally:
        await terminal.runtime.close()
        await running
    shutil.copy(max((stage.folder / "receipts").glob("receipt-*.png")), out / "receipt.png")
    write_report(out / "visit.json", script, cases, delivery_ms)
    return all(case["typed"] == case["seen"] for case in cases)


def write_report(path: Path, script: ScriptedVisit, cases: list[dict[str, Any]], delivery_ms: float) -> None:
    """What was played and what was seen, for a machine to compare. `machine_ms` leaves out the hand's own pauses."""
    report = {
        "references": [case["reference"] for case in cases],
        "submissions": cases,
        "steps": script.album.steps,
        "machine_ms": {
            "screens": sum(float(step["ms"]) for step in script.album.steps),
            "last screen to verified delivery": round(delivery_ms, 1),
            "caseworkers log in and read": sum(case["ms"] for case in cases),
        },
        **script.touches,
    }
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")


async def _unless_it_ends(work: Awaitable[None], running: asyncio.Task[None]) -> None:
    """Do the work while the terminal runs; a terminal that ends takes its error along."""
    playing = asyncio.ensure_future(work)
    await asyncio.wait({playing, running}, return_when=asyncio.FIRST_COMPLETED)
    if running.done() and not playing.done():
        playing.cancel()
        running.result()
    await playing


def await_delivery(stage: Stage, script: ScriptedVisit) -> list[Row]:
    """The rows of this visit, once the service's signed tokens were verified. Raises DeliveryError."""
    outbox = load_terminal(stage.terminal_toml).outbox.path
    deadline = time.monotonic() + DELIVERED_S
    while time.monotonic() < deadline:
        rows = [row for row in listed(outbox) if row.reference in script.references]
        if rows and all(row.state is RowState.DELIVERED for row in rows):
            return rows
        time.sleep(0.1)
    raise DeliveryError("DELIV-01", f"not delivered within {DELIVERED_S:.0f} s")


def look_at_cases(script: ScriptedVisit, seed: Seed, rows: list[Row], out: Path) -> list[dict[str, Any]]:
    """What each department's caseworker sees beside what was typed for it. The first case is taken over."""
    cases = []
    for row in rows:
        account = ACCOUNTS[row.destination]
        submission, started = str(row.submission_id), time.monotonic()
        caseworker = Caseworker(seed.url, account, seed.logins[account])
        page = caseworker.read(submission)
        took_ms = round((time.monotonic() - started) * 1000, 1)
        (out / f"case-{row.destination}.html").write_text(page.html, encoding="utf-8")
        caseworker.photograph(submission, out / f"case-{row.destination}.png")
        typed = entitled(script.application, row.destination) if script.application else {}
        names = {"destination": row.destination, "submission_id": submission, "reference": row.reference}
        cases.append({**names, "typed": typed, "seen": dict(page.seen), "ms": took_ms})
        caseworker.accept(submission)
    return cases


def entitled(application: Application, destination_id: str) -> dict[str, str]:
    """The answers a destination is entitled to, as German text by path."""
    [destination] = [item for item in application.procedure.destinations if item.id == destination_id]
    sections = summary(application.procedure, application.answers, application.today, load(SOURCE), destination)
    return {row.path: row.text for section in sections for row in section.rows}
