"""Ports that fail, hang, lie or are not there: what the citizen sees, and what the log says."""

from __future__ import annotations

import asyncio
import threading

import pytest

from kiosk.application import OutOfServiceReason, PrintOutcome
from kiosk.errors import CardError, DocumentError, OutboxError, PrinterError, StaffError, StatusError
from kiosk.identity import Secret, Way
from kiosk.runtime import Runtime
from kiosk.visit.machine import first_state
from kiosk.visit.model import (
    Answering,
    BackWanted,
    CanEntered,
    CodeEntered,
    Confirming,
    Consenting,
    Ended,
    Finished,
    Identifying,
    IdentifyingPhase,
    Idle,
    LookingUp,
    NoticeAgreed,
    OutOfService,
    Printing,
    ProcedureChosen,
    ReprintWanted,
    Reviewing,
    Saved,
    Saving,
    StaffCodeEntered,
    StatusWanted,
    SubmissionConfirmed,
    WayChosen,
)

CAN = Secret("111111")


def test_a_card_error_is_shown_with_its_code_and_tries(play, ports):
    ports.reader.lines.append(CardError("CARD-03", tries_left=2))

    async def story(scene):
        await scene.reading()
        await scene.until(Identifying, problem="CARD-03", tries_left=2, phase=IdentifyingPhase.CAN)

    play(story)


def test_a_staff_error_is_shown_with_its_code(play, ports):
    ports.roster.lines.append(StaffError("STAFF-02"))

    async def story(scene):
        scene.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.ON_SITE))
        scene.does(StaffCodeEntered("17", Secret("981274")))
        await scene.until(Confirming, problem="STAFF-02", waiting=False)

    play(story)


def test_a_failed_preparation_is_shown_and_tried_again(play, ports):
    ports.preparer.lines.append(DocumentError("DOC-01"))

    async def story(scene):
        scene.up_to_the_review()
        await scene.until(Reviewing, problem="DOC-01")

    play(story)


def test_a_full_disk_sends_nothing_and_keeps_everything(play, ports):
    ports.store.lines.append(OutboxError("OUTBOX-01"))

    async def story(scene):
        await scene.up_to_the_tap()
        scene.does(SubmissionConfirmed())
        await scene.until(Consenting, problem="OUTBOX-01")
        scene.does(SubmissionConfirmed())
        await scene.until(Finished)
        assert ports.store.calls == ["save", "save"]

    play(story)


@pytest.mark.parametrize(
    ("line", "outcome", "code"),
    [
        (PrinterError("PRINT-02"), PrintOutcome.NOT_PRINTED, "PRINT-02"),
        (PrinterError("PRINT-04"), PrintOutcome.UNKNOWN, "PRINT-04"),
        (DocumentError("PRINT-05"), PrintOutcome.NOT_PRINTED, "PRINT-05"),
        (PrintOutcome.NOT_PRINTED, PrintOutcome.NOT_PRINTED, "PRINT-01"),
        (PrintOutcome.PRINTED_PAPER_LOW, PrintOutcome.PRINTED_PAPER_LOW, ""),
        (ZeroDivisionError("7K4M9"), PrintOutcome.UNKNOWN, "PRINT-04"),
    ],
)
def test_whatever_breaks_while_printing_the_code_stays(play, ports, line, outcome, code):
    ports.receipts.lines.append(line)

    async def story(scene):
        await scene.up_to_the_tap()
        scene.does(SubmissionConfirmed())
        done = await scene.until(Finished, outcome=outcome, problem=code)
        assert done.receipt.code == "7K4M9-PWD3T-XHWQ"

    play(story)


def test_a_status_that_cannot_be_had(play, ports):
    ports.status.lines.append(StatusError("STATUS-02"))

    async def story(scene):
        scene.does(StatusWanted(), CodeEntered("7K4M9-PWD3T-XHWQ"))
        await scene.until(LookingUp, problem="STATUS-02")

    play(story)


def test_what_is_not_there_says_so(play):
    async def story(scene):
        scene.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.ON_SITE))
        scene.does(StaffCodeEntered("17", Secret("981274")))
        await scene.until(Confirming, problem="STAFF-01")
        scene.does(Ended())
        await scene.up_to_the_tap()
        scene.does(SubmissionConfirmed())
        await scene.until(Finished, outcome=PrintOutcome.NOT_PRINTED, problem="PRINT-01")

    play(story, roster=None, receipts=None, scanner=None)


def test_without_a_reader_reading_fails_at_once(play):
    async def story(scene):
        await scene.up_to_the_can()
        scene.does(CanEntered(CAN))
        await scene.until(Identifying, problem="CARD-01")

    play(story, reader=None)


def test_a_reader_that_hangs_is_given_up_and_its_late_answer_is_dropped(play, ports):
    released = threading.Event()
    ports.reader.lines.append(released)

    async def story(scene):
        await scene.reading()
        scene.waits(46)
        assert scene.is_shown(Identifying, {"problem": "CARD-06", "phase": IdentifyingPhase.CAN})

        scene.does(CanEntered(CAN))
        assert scene.is_shown(Identifying, {"problem": "CARD-01"}), "the port is still stuck"
        assert len(ports.reader.calls) == 1

        released.set()
        await scene.until_true(lambda: not scene.runtime.crew.busy("reader"))
        assert scene.is_shown(Identifying, {"problem": "CARD-01"})
        scene.does(WayChosen(Way.ON_SITE), CanEntered(CAN))
        await scene.until(Answering)

    play(story)


def test_a_reading_nobody_waits_for_never_begins(play, ports):
    released = threading.Event()
    ports.reader.lines.append(released)

    async def story(scene):
        await scene.reading()
        scene.does(BackWanted(), WayChosen(Way.ON_SITE), CanEntered(CAN))
        scene.does(WayChosen(None))
        released.set()
        await scene.until_true(lambda: not scene.runtime.crew.busy("reader"))
        assert len(ports.reader.calls) == 1
        assert scene.is_shown(Answering, {"evidence": None})

    play(story)


def test_a_slow_store_is_waited_for(play, ports):
    released = threading.Event()
    ports.store.lines.append(released)

    async def story(scene):
        await scene.up_to_the_tap()
        scene.does(SubmissionConfirmed())
        scene.waits(200)
        assert isinstance(scene.runtime.state, Saving)
        released.set()
        await scene.until(Finished)
        assert ports.store.calls == ["save"]

    play(story)


def test_a_printer_that_hangs_fails_the_reprint_at_once_and_may_still_succeed(play, ports):
    released = threading.Event()
    ports.receipts.lines.append(released)

    async def story(scene):
        await scene.up_to_the_tap()
        scene.does(SubmissionConfirmed())
        await scene.until(Printing)
        scene.waits(45)
        assert scene.is_shown(Finished, {"outcome": PrintOutcome.UNKNOWN})
        scene.does(ReprintWanted())
        assert scene.is_shown(Finished, {"outcome": PrintOutcome.NOT_PRINTED, "problem": "PRINT-01"})
        released.set()
        await scene.until_true(lambda: not scene.runtime.crew.busy("receipts"))
        scene.does(ReprintWanted())
        await scene.until(Finished, outcome=PrintOutcome.PRINTED)

    play(story)


def test_an_unforeseen_exception_wipes_the_visit_and_says_so(play, ports, caplog):
    ports.preparer.lines.append(ZeroDivisionError("Geheimweg 17"))

    async def story(scene):
        scene.up_to_the_review()
        await scene.until(Idle, problem="VISIT-01")

    play(story)
    assert "VISIT-01 ZeroDivisionError at conftest.py:" in caplog.text
    assert "Geheimweg" not in caplog.text


def test_three_faults_in_a_minute_close_the_terminal_until_the_minute_is_over(play, ports):
    ports.preparer.lines.extend(ZeroDivisionError() for _ in range(3))

    async def story(scene):
        for _ in range(2):
            scene.up_to_the_review()
            await scene.until(Idle, problem="VISIT-01")
        scene.up_to_the_review()
        await scene.until(OutOfService, reason=OutOfServiceReason.FAULT)
        scene.waits(59)
        await scene.until_true(lambda: not scene.runtime.crew.busy("store"))
        assert isinstance(scene.runtime.state, OutOfService)
        scene.waits(6)
        await scene.until(Idle)

    play(story)


def test_a_fault_of_a_visit_that_is_over_harms_nobody(play, ports):
    released = threading.Event()
    ports.preparer.lines.extend([released, ZeroDivisionError()])

    async def story(scene):
        scene.up_to_the_review()
        await scene.until_true(lambda: ports.preparer.calls)
        scene.does(Ended(), ProcedureChosen("hund-anmelden"), NoticeAgreed())
        released.set()
        await scene.until_true(lambda: not scene.runtime.crew.busy("preparer"))
        assert isinstance(scene.runtime.state, Identifying)

    play(story)


def test_a_screen_that_breaks_once_ends_the_visit(play, caplog):
    async def story(scene):
        scene.broken_screens = 1
        scene.does(ProcedureChosen("hund-anmelden"))
        assert scene.is_shown(Idle, {"problem": "VISIT-01"})

    play(story)
    assert "Einzig" not in caplog.text


def test_screens_that_break_again_end_the_program(ports, offer):
    calls = []

    def show(state):
        calls.append(state)
        if len(calls) > 1:
            raise ZeroDivisionError

    async def whole():
        runtime = Runtime(first_state(offer, 1000.0, ports.clock.today()), ports, show)
        running = asyncio.create_task(runtime.run())
        while not calls:
            await asyncio.sleep(0)
        runtime.handle(ProcedureChosen("hund-anmelden"))
        with pytest.raises(ZeroDivisionError):
            await running
        await runtime.close()

    asyncio.run(whole())


def test_an_answer_nobody_asked_for_is_logged_and_dropped(play, caplog):
    async def story(scene):
        scene.does(ProcedureChosen("hund-anmelden"))
        before = scene.runtime.state
        scene.does(Saved(before.session.visit_id, 99, None))
        assert scene.runtime.state is before

    play(story)
    assert "VISIT-02" in caplog.text


def test_a_store_that_is_not_ready_closes_the_terminal_until_it_is(play, ports):
    full = OutOfServiceReason.OUTBOX_FULL
    ports.store.ready.lines.append(full)

    async def story(scene):
        await scene.until(OutOfService, reason=full)
        scene.waits(6)
        await scene.until(Idle)

    play(story)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OutboxError("OUTBOX-02"), OutOfServiceReason.OUTBOX_DAMAGED),
        (OutboxError("OUTBOX-03"), OutOfServiceReason.OUTBOX_FULL),
        (OutboxError("DELIV-05"), OutOfServiceReason.NO_DESTINATION_KEYS),
        (ZeroDivisionError(), OutOfServiceReason.FAULT),
    ],
)
def test_a_store_that_cannot_even_say_closes_the_terminal(play, ports, error, reason):
    ports.store.ready.lines.append(error)

    async def story(scene):
        await scene.until(OutOfService, reason=reason)

    play(story)


def test_nobody_asks_the_store_in_the_middle_of_a_visit(play, ports):
    async def story(scene):
        await scene.until_true(lambda: not scene.runtime.crew.busy("store"))
        asked = len(ports.store.ready.calls)
        scene.does(ProcedureChosen("hund-anmelden"))
        scene.waits(60)
        assert len(ports.store.ready.calls) == asked

    play(story)


def test_a_reader_that_is_plugged_in_later_is_watched_then(play, ports):
    ports.reader.refusals.append(CardError("CARD-01"))

    async def story(scene):
        await scene.until_true(lambda: ports.reader.watched == 1)
        await scene.until_true(lambda: not scene.runtime.crew.busy("reader"))
        scene.waits(6)
        await scene.until_true(lambda: ports.reader.changed is not None)
        await scene.until_true(lambda: scene.runtime.watching)
        scene.waits(12)
        assert ports.reader.watched == 2

    play(story)


def test_a_reader_is_watched_even_while_somebody_is_here_already(play, ports):
    ports.reader.refusals.append(CardError("CARD-01"))

    async def story(scene):
        await scene.until_true(lambda: ports.reader.watched == 1)
        await scene.until_true(lambda: not scene.runtime.crew.busy("reader"))
        scene.does(ProcedureChosen("hund-anmelden"))
        scene.waits(6)
        await scene.until_true(lambda: scene.runtime.watching)

    play(story)
