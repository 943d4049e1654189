"""A visit over real threads, and what is left of it."""

from __future__ import annotations

import asyncio
import gc
import logging
import re

from kiosk.application import PrintOutcome
from kiosk.identity import Secret
from kiosk.procedures.model import Answer
from kiosk.runtime import Runtime
from kiosk.visit.machine import first_state
from kiosk.visit.model import (
    Answering,
    CardRemoved,
    Ended,
    Finished,
    Identifying,
    Idle,
    Informing,
    LookingUp,
    Printing,
    ProcedureChosen,
    Reviewing,
    Saving,
    SubmissionConfirmed,
    TakeCard,
)


def test_from_the_first_touch_to_the_receipt(play):
    async def story(scene):
        await scene.up_to_the_tap()
        scene.does(SubmissionConfirmed(), SubmissionConfirmed())
        done = await scene.until(Finished)
        assert done.outcome is PrintOutcome.PRINTED
        assert done.receipt.code == "7K4M9-PWD3T-XHWQ"
        kinds = [type(state) for state in scene.shown]
        assert kinds[0] is Idle
        assert [kind for kind in kinds if kind in (Reviewing, Saving, Printing, Finished)][-3:] == [
            Saving,
            Printing,
            Finished,
        ]
        assert scene.ports.store.calls == ["save"]
        assert scene.runtime.ignored == 1

    play(story)


def test_a_card_is_read_and_shown(play):
    async def story(scene):
        await scene.reading()
        state = await scene.until(Answering)
        assert state.answers["family_names"].value == "Einzig-Beispiel"
        assert state.evidence.confirmation.staff_id == "17"

    play(story)


def in_memory() -> list[object]:
    """Every answer of the story's citizens, and every CAN, that still exists anywhere in this process."""
    things = gc.get_objects()
    answers = [thing for thing in things if isinstance(thing, Answer) and re.search("Geheimweg|Einzig", thing.value)]
    return answers + [thing for thing in things if isinstance(thing, Secret) and thing.reveal() == "918273"]


def test_nothing_of_the_citizen_is_left_in_memory_or_in_the_log(play, caplog):
    caplog.set_level(logging.DEBUG)

    async def story(scene):
        await scene.reading()
        await scene.until(Answering)
        assert in_memory()
        scene.does(Ended(), CardRemoved())
        await scene.up_to_the_tap()
        scene.does(SubmissionConfirmed())
        await scene.until(Finished)
        scene.does(Ended())
        assert isinstance(scene.runtime.state, Idle)
        scene.shown.clear()
        await asyncio.sleep(0)
        assert in_memory() == [], "and without a collection of garbage"

    gc.collect()
    gc.disable()
    try:
        play(story)
    finally:
        gc.enable()
    assert "AnswersGiven in Answering -> Answering" in caplog.text
    for secret in ("Geheimweg", "Einzig", "Mira", "918273", "981274", "7K4M9", "C2-0"):
        assert secret not in caplog.text


def test_a_scanned_receipt_looks_up_the_status(play):
    async def story(scene):
        await scene.until_true(lambda: scene.ports.scanner.scanned is not None)
        await asyncio.to_thread(scene.ports.scanner.scanned, "7K4M9-PWD3T-XHWQ")
        await scene.until(LookingUp, entries=())
        assert scene.ports.status.calls == ["7K4M9-PWD3T-XHWQ"]

    play(story)


def test_the_reader_tells_of_cards_from_its_own_thread(play):
    async def story(scene):
        await scene.until_true(lambda: scene.ports.reader.changed is not None)
        await asyncio.to_thread(scene.ports.reader.changed, True)
        await scene.until_true(lambda: scene.runtime.state.session.card_present)
        scene.does(ProcedureChosen("hund-anmelden"), Ended())
        await scene.until(TakeCard)
        await asyncio.to_thread(scene.ports.reader.changed, False)
        await scene.until(Idle)

    play(story)


def test_a_clock_tick_redraws_nothing_but_the_warning(play):
    async def story(scene):
        await scene.until_true(lambda: not scene.runtime.crew.busy("store"))
        scene.does(ProcedureChosen("hund-anmelden"))
        drawn = len(scene.shown)
        scene.waits(89)
        assert len(scene.shown) == drawn
        scene.waits(5)
        assert len(scene.shown) == drawn + 9

    play(story)


def test_a_touch_made_while_a_state_is_shown_waits_its_turn(play):
    async def story(scene):
        def touch(state):
            if isinstance(state, Informing):
                scene.does(Ended())
                assert isinstance(scene.runtime.state, Informing)

        scene.while_shown = touch
        scene.does(ProcedureChosen("hund-anmelden"))
        assert isinstance(scene.runtime.state, Idle)

    play(story)


def test_it_runs_until_it_is_closed(ports, offer):
    async def whole():
        shown = asyncio.Event()
        runtime = Runtime(first_state(offer, 1000.0, ports.clock.today()), ports, lambda state: shown.set())
        running = asyncio.create_task(runtime.run())
        await shown.wait()
        await runtime.close()
        await running
        assert ports.scanner.closed

    asyncio.run(whole())


def test_identifying_is_shown_while_the_reader_works(play):
    async def story(scene):
        await scene.reading()
        await scene.until(Answering)
        assert any(isinstance(state, Identifying) and state.read_phase == "connecting" for state in scene.shown)

    play(story)
