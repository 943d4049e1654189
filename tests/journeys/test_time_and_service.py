"""Patience, warnings, a terminal out of service, and a code shown at the start screen."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kiosk.application import CaseState, OutOfServiceReason, StatusEntry
from kiosk.identity import Secret
from kiosk.visit.machine import UnexpectedAnswer
from kiosk.visit.model import (
    Answering,
    ApplicationPrepared,
    BackWanted,
    CanEntered,
    CardInserted,
    CardRead,
    CardRemoved,
    Choosing,
    CodeEntered,
    Consenting,
    Ended,
    Finished,
    Identifying,
    IdentifyingPhase,
    Idle,
    Informing,
    Interrupted,
    LanguageChosen,
    Look,
    LookChosen,
    LookingUp,
    LookUpStatus,
    MoreTimeWanted,
    NoticeAgreed,
    OutOfService,
    ProcedureChosen,
    ReviewAccepted,
    Saving,
    ServiceChanged,
    StatusFailed,
    StatusFound,
    StatusWanted,
    SubmissionConfirmed,
    TakeCard,
    Touched,
    VisitFailed,
    WayChosen,
)

FULL = OutOfServiceReason.OUTBOX_FULL


def test_who_says_nothing_is_asked_and_then_forgotten(visit):
    visit.without_card()
    visit.waits(89)
    assert visit.shows(Answering)
    visit.waits(1)
    assert visit.shows(Interrupted)
    visit.waits(19)
    assert visit.shows(Interrupted)
    visit.waits(1)
    assert visit.shows(Idle)


@pytest.mark.parametrize("sign", [MoreTimeWanted(), Touched(), BackWanted(), ProcedureChosen("hund-anmelden")])
def test_any_touch_answers_are_you_still_there(visit, sign):
    visit.without_card()
    for _ in range(12):
        visit.waits(90)
        assert visit.shows(Interrupted)
        visit.does(sign)
        assert visit.shows(Answering, step_key="applicant"), "the touch was aimed at the warning"
    visit.waits(89)
    assert visit.shows(Answering)


def test_the_language_can_be_changed_on_the_warning_too(visit):
    visit.without_card()
    visit.waits(90)
    visit.does(LanguageChosen("en"))
    assert visit.shows(Answering)
    assert visit.state.session.language == "en"


def test_ending_behind_the_warning_is_the_end(visit):
    visit.without_card()
    visit.waits(90)
    visit.does(Ended())
    assert visit.shows(Idle)


def test_typing_is_a_sign_of_life(visit):
    visit.without_card()
    for _ in range(5):
        visit.waits(80)
        visit.does(Touched())
    assert visit.shows(Answering)


def test_a_card_read_that_arrives_behind_the_warning_is_not_lost(visit, person):
    visit.up_to_the_can()
    visit.does(CanEntered(Secret("500540")))
    visit.waits(90)
    assert visit.shows(Interrupted)

    visit.device_says(CardRead, identity=person)
    assert visit.shows(Interrupted)

    visit.does(MoreTimeWanted())
    assert visit.shows(Answering, step_key="applicant")
    assert visit.state.evidence is not None


def test_a_tap_already_made_is_carried_out_behind_the_warning(visit, draft):
    visit.up_to_the_review()
    visit.does(ReviewAccepted(), SubmissionConfirmed())
    visit.waits(90)
    visit.device_says(ApplicationPrepared, draft=draft)
    assert visit.shows(Saving)


def test_cards_come_and_go_behind_the_warning(visit):
    visit.up_to_the_can()
    visit.waits(90)
    visit.device_says(CardRemoved())
    assert visit.shows(Interrupted)
    assert visit.state.previous.phase is IdentifyingPhase.INSERT

    visit.device_says(CardInserted())
    assert visit.shows(Identifying, phase=IdentifyingPhase.CAN)


def test_an_answer_nobody_asked_for_is_an_error_and_changes_nothing(visit, person):
    visit.without_card()
    session = visit.state.session
    before = visit.state
    with pytest.raises(UnexpectedAnswer) as caught:
        visit.device_says(CardRead(session.visit_id, session.request, person))
    assert caught.value.code == "VISIT-02"
    assert visit.state is before

    visit.waits(90)
    with pytest.raises(UnexpectedAnswer):
        visit.device_says(CardRead(session.visit_id, session.request, person))
    with pytest.raises(UnexpectedAnswer):
        visit.device_says(CardRead(session.visit_id, session.request + 1, person))


def test_the_last_screen_times_out_and_a_forgotten_card_is_said(visit):
    visit.up_to_the_end()
    visit.waits(60)
    assert visit.shows(Interrupted)
    visit.waits(20)
    assert visit.shows(TakeCard)
    visit.waits(3600)
    assert visit.shows(TakeCard)
    visit.device_says(CardRemoved())
    assert visit.shows(Idle)


def test_language_and_look_of_the_start_screen_are_forgotten_with_the_person(visit):
    visit.does(LanguageChosen("en"), LookChosen(Look(contrast=True)))
    assert visit.shows(Choosing)
    visit.waits(110)
    assert visit.shows(Idle)
    assert visit.state.session.language == "de"
    assert visit.state.session.look == Look()


def test_a_clock_that_jumps_ends_nothing_at_once(visit):
    visit.without_card()
    visit.today = date(2031, 1, 1)
    visit.now += 10_000
    visit.waits(0.5)
    assert visit.shows(Interrupted)
    visit.does(MoreTimeWanted())
    visit.today = date(1999, 1, 1)
    visit.waits(0.5)
    visit.answers("applicant", applicant_is="keeper")
    assert visit.shows(Answering, step_key="name")


def test_a_terminal_that_cannot_keep_its_promise_starts_no_visit(visit):
    visit.device_says(ServiceChanged(FULL))
    assert visit.shows(OutOfService, reason=FULL)
    visit.does(ProcedureChosen("hund-anmelden"), Touched(), Ended())
    assert visit.shows(OutOfService)
    visit.device_says(ServiceChanged(OutOfServiceReason.OUTBOX_DAMAGED))
    assert visit.shows(OutOfService, reason=OutOfServiceReason.OUTBOX_DAMAGED)
    visit.device_says(ServiceChanged(None))
    assert visit.shows(Idle)


def test_a_started_visit_may_finish_and_then_no_other_starts(visit):
    visit.without_card()
    visit.device_says(ServiceChanged(FULL))
    assert visit.shows(Answering)
    visit.does(Ended())
    assert visit.shows(OutOfService, reason=FULL)


def test_a_terminal_that_recovers_during_a_visit_is_open_afterwards(visit):
    visit.without_card()
    visit.device_says(ServiceChanged(FULL))
    visit.device_says(ServiceChanged(None))
    visit.does(Ended())
    assert visit.shows(Idle)


def test_somebody_who_only_looks_around_has_not_started(visit):
    visit.does(LanguageChosen("en"))
    visit.device_says(ServiceChanged(FULL))
    assert visit.shows(OutOfService)
    visit.device_says(ServiceChanged(None))
    assert visit.state.session.language == "de"


def test_back_to_the_start_of_a_terminal_out_of_service(visit):
    visit.does(ProcedureChosen("hund-anmelden"))
    visit.device_says(ServiceChanged(FULL))
    visit.does(BackWanted())
    assert visit.shows(OutOfService)


def test_an_unforeseen_fault_wipes_and_says_so_for_a_while(visit):
    visit.up_to_the_review()
    visit.device_says(CardRemoved())
    visit.device_says(VisitFailed())
    assert visit.shows(Idle, problem="VISIT-01")
    visit.waits(60)
    assert visit.shows(Idle, problem="")


def test_too_many_faults_close_the_terminal(visit):
    visit.without_card()
    visit.device_says(VisitFailed(OutOfServiceReason.FAULT))
    assert visit.shows(OutOfService, reason=OutOfServiceReason.FAULT)


def test_the_status_of_an_application(visit):
    visit.does(StatusWanted(), CodeEntered("7K4M9-PWD3T-XHWQ"))
    assert visit.shows(LookingUp, waiting=True)
    assert visit.asks_for(LookUpStatus)
    visit.does(CodeEntered("7K4M9-PWD3T-XHWQ"))
    assert visit.ignored

    entries = (StatusEntry("Öffentliche Ordnung", CaseState.ARRIVED, datetime(2026, 11, 22, tzinfo=UTC)),)
    visit.device_says(StatusFound, entries=entries)
    assert visit.shows(LookingUp, waiting=False, entries=entries)
    assert "7K4M9" not in repr(visit.everything_so_far)

    visit.does(BackWanted())
    assert visit.shows(Choosing)


def test_a_status_that_cannot_be_had_now(visit):
    visit.does(StatusWanted(), CodeEntered("7K4M9-PWD3T-XHWQ"))
    visit.device_says(StatusFailed, code="STATUS-01")
    assert visit.shows(LookingUp, waiting=False, problem="STATUS-01", entries=None)


def test_a_receipt_shown_to_the_scanner_needs_no_touch(visit):
    visit.does(CodeEntered("https://example.invalid/status#7K4M9PWD3TXHWQ"))
    assert visit.shows(LookingUp, waiting=True)
    assert visit.asks_for(LookUpStatus)


def test_a_code_scanned_in_the_middle_of_a_visit_means_nothing(visit):
    visit.without_card()
    visit.does(CodeEntered("7K4M9-PWD3T-XHWQ"))
    assert visit.ignored


def test_what_does_not_exist_cannot_be_chosen(visit):
    visit.does(ProcedureChosen("no-such-thing"))
    assert visit.ignored
    visit.does(LanguageChosen("xx"))
    assert visit.ignored
    assert visit.shows(Idle)


def test_double_taps_are_ignored_and_counted_by_the_caller(visit):
    visit.does(ProcedureChosen("hund-anmelden"), ProcedureChosen("hund-anmelden"))
    assert visit.ignored
    visit.does(NoticeAgreed(), NoticeAgreed())
    assert visit.ignored
    visit.does(WayChosen(None))
    assert visit.shows(Answering)
    visit.does(BackWanted(), BackWanted())
    assert visit.shows(Informing)
    assert not visit.shows(Finished)
    assert not visit.shows(Consenting)
