"""One process, one window, one measure: `python -m tests.bench.window_child WHAT FOLDER`, one JSON object on stdout.

`FOLDER` holds a terminal.toml (window.py makes it). Started by window.py, so that no measure feels another's memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from devices.cards.people import load_people
from kiosk.demo.scripted import ScriptedVisit, staff_code
from kiosk.demo.stage import Stage
from kiosk.identity import Secret
from kiosk.memory import give_back
from kiosk.terminal import TIDY_AFTER_S, Terminal
from kiosk.visit import model as visit
from screens.environment import Display, prepare

prepare(Display())

from screens.hand import Hand  # noqa: E402  # kivy reads its environment when it is imported
from tests.bench import walk  # noqa: E402
from tests.bench.finger import Response, TimedFinger  # noqa: E402
from tests.bench.sample import DOG_ANSWERS, every_question  # noqa: E402

MB = 1e6
IDLE_S = 10.0
VISITS, WARM_UP, DOG_EVERY = 200, 20, 20
REVIEWS = 40
READINGS = 5
PAGE_QUIET_FRAMES = 4
PAUSE_S = 0.7  # nobody turns a page faster; what a page leaves to do is done by then
WORD = "musterfrauwolkenkratzerbeispiel"


def resident_mb() -> float:
    """This process's resident memory."""
    return float(psutil.Process().memory_info().rss) / MB


async def scripted(folder: Path) -> dict[str, Any]:
    """One whole scripted visit with card and keyboard; then nobody is there for a while."""
    async with walk.running(folder) as terminal:
        before = resident_mb()
        script = ScriptedVisit(Stage(folder, 0), terminal, Hand(terminal.app), folder)
        script.album.photograph = lambda path: path  # a terminal takes no pictures of 8 MB each
        await script.play()
        await walk.until(terminal, visit.Idle)
        await asyncio.sleep(2 * TIDY_AFTER_S)
        after = resident_mb()
        process = psutil.Process()
        used = sum(process.cpu_times()[:2])
        await asyncio.sleep(IDLE_S)
        idle = (sum(process.cpu_times()[:2]) - used) / IDLE_S * 100
        return {"at_start_mb": before, "after_visit_mb": after, "idle_cpu_percent": idle}


async def visits(folder: Path) -> dict[str, Any]:
    """200 visits, every twentieth for a dog; what they leave behind."""
    async with walk.running(folder) as terminal:
        left = watch_screens(terminal)
        sizes = []
        for number in range(1, VISITS + 1):
            dog = number % DOG_EVERY == DOG_EVERY // 2
            procedure_id, answers = (walk.DOG, DOG_ANSWERS) if dog else (walk.DEFECT, walk.DEFECT_ANSWERS)
            await walk.whole_visit(terminal, procedure_id, answers)
            if number in (1, WARM_UP, VISITS // 2, VISITS):
                give_back()  # as the terminal does, a second after everybody has left
                sizes.append(resident_mb())
        now = terminal.app.stage.frame.screen
        alive = [screen for screen in (reference() for reference in left) if screen is not None and screen is not now]
        names = sorted({type(screen).__name__ for screen in alive})
        return {"sizes_mb": sizes, "alive": len(alive), "names": names, "screens": len(left)}


async def reading(folder: Path) -> dict[str, Any]:
    """Frame to frame while a card is read, once the page that says so stands; the page after it is another measure."""
    async with walk.running(folder) as terminal:
        frames: list[tuple[float, float]] = []
        people = load_people()
        for number in range(READINGS):
            person = people["wannes" if number else "erika"]
            walk.lay_down(terminal, person.id)
            await walk.up_to_the_can(terminal, staff_code(folder) if number == 0 else "")
            terminal.runtime.handle(visit.CanEntered(Secret(person.can)))
            await walk.drawn(PAGE_QUIET_FRAMES)
            frames += await frames_while_reading(terminal)
            terminal.runtime.handle(visit.Ended())
            terminal.devices.simulation.do({"do": "remove"})
            await walk.until(terminal, visit.Idle)
        return {
            "gaps_ms": [gap for gap, _ in frames],
            "own_ms": [own for _, own in frames],
            "readings": READINGS,
        }


async def frames_while_reading(terminal: Terminal) -> list[tuple[float, float]]:
    """Milliseconds from frame to frame, and of the processor in this thread, as long as the phase lasts."""
    frames, last, used = [], time.perf_counter(), time.thread_time()
    while getattr(terminal.runtime.state, "phase", None) is visit.IdentifyingPhase.READING:
        await walk.drawn(1)
        now, spent = time.perf_counter(), time.thread_time()
        frames.append(((now - last) * 1e3, (spent - used) * 1e3))
        last, used = now, spent
    if not isinstance(terminal.runtime.state, visit.Answering):
        raise ValueError(f"the card was not read: {terminal.runtime.state}")
    return frames[:-1]


def watch_screens(terminal: Terminal) -> list[weakref.ref[Any]]:
    """Weak references to every screen that is put up from now on."""
    seen: list[weakref.ref[Any]] = []
    terminal.app.stage.frame.bind(screen=lambda _frame, screen: seen.append(weakref.ref(screen)))
    return seen


async def touches(folder: Path) -> dict[str, Any]:
    """Choices, check boxes, yes and no, keys: nothing that leaves the page. And the looks, which redo it all."""
    async with walk.running(folder) as terminal:
        finger = TimedFinger(terminal.app)
        await walk.enter(terminal, walk.DOG)
        taps = {"choice": await alternate(finger, "applicant_is=keeper", "applicant_is=agent", 50)}
        await walk.answer(terminal, DOG_ANSWERS, "name")
        await walk.drawn(4)  # the first field has the focus by itself, and the keyboard is there
        taps["key"] = [await finger.touch_widget(finger.key(name)) for name in WORD * 3]
        taps["field"] = await alternate(finger, "family_names", "given_names", 20)
        await walk.answer(terminal, DOG_ANSWERS, "dogs.1.dog-birth")
        await finger.touch("dogs.1.chip_number")
        taps["digit"] = [await finger.touch_widget(finger.key(name)) for name in "276098106123456" * 2]
        await walk.answer(terminal, DOG_ANSWERS, "tax")
        taps["check"] = await alternate(finger, "relief=hunting", "relief=income", 30)
        taps["yes-no"] = await alternate(finger, "sepa=yes", "sepa=no", 30)
        looks = [await finger.touch(name) for name in ("contrast", "larger") * 6]
        return {"taps": {kind: plain(items) for kind, items in taps.items()}, "looks": plain(looks)}


async def alternate(finger: TimedFinger, one: str, other: str, times: int) -> list[Response]:
    return [await finger.touch((one, other)[number % 2]) for number in range(times)]


def plain(responses: list[Response]) -> list[dict[str, float]]:
    return [asdict(response) for response in responses]


async def pages(folder: Path) -> dict[str, Any]:
    """Every page of the longest visit once; then the largest one, with most widgets, again and again."""
    async with walk.running(folder) as terminal:
        finger = TimedFinger(terminal.app)
        await walk.enter(terminal, walk.DOG)
        seen: dict[str, tuple[int, Response]] = {}
        while isinstance(state := terminal.runtime.state, visit.Answering):
            response = await turn(terminal, finger)
            now = terminal.runtime.state
            name = now.step_key if isinstance(now, visit.Answering) else type(now).__name__
            if name == getattr(state, "step_key", ""):
                raise ValueError(f"{name} refused {sorted(now.problems)}")
            seen[name] = (sum(1 for _ in terminal.app.stage.frame.screen.walk(restrict=True)), response)
        largest = max(seen, key=lambda name: seen[name][0])
        again = [await revisit(terminal, finger, largest) for _ in range(REVIEWS)]
        every = {name: {"widgets": count, **asdict(response)} for name, (count, response) in seen.items()}
        return {"pages": every, "largest": largest, "again": plain(again)}


async def turn(terminal: Terminal, finger: TimedFinger) -> Response:
    """Answer the page shown as its controls would be, then touch "Weiter"."""
    state, screen = terminal.runtime.state, terminal.app.stage.frame.screen
    texts = walk.page_texts(state, every_question())
    for question in screen.asked:
        question.control.put(texts[question.path])
    await asyncio.sleep(PAUSE_S)
    return await finger.touch("continue", PAGE_QUIET_FRAMES, look=True)


async def revisit(terminal: Terminal, finger: TimedFinger, name: str) -> Response:
    """Back from that page, and there again by "Weiter"."""
    if name != "Reviewing":
        raise ValueError(f"the largest page is {name}: this measure knows the way to the review page only")
    await walk.until(terminal, visit.Reviewing, "draft")  # or the forms of many visits would pile up
    terminal.runtime.handle(visit.BackWanted())
    await walk.until(terminal, visit.Answering)
    await asyncio.sleep(PAUSE_S)
    return await finger.touch("continue", PAGE_QUIET_FRAMES, look=True)


MEASURES: dict[str, Callable[[Path], Awaitable[dict[str, Any]]]] = {
    "scripted": scripted,
    "visits": visits,
    "reading": reading,
    "touches": touches,
    "pages": pages,
}


def main(what: str, folder: str) -> None:
    """Whatever else is printed belongs to standard error: standard output is the answer."""

    async def measure() -> dict[str, Any]:
        return await MEASURES[what](Path(folder))

    with contextlib.redirect_stdout(sys.stderr):
        found = asyncio.run(measure())
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
