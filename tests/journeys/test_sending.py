"""From the review page to paper: the binding tap, the commit point, and printers."""

from __future__ import annotations

import pytest

from kiosk.application import PrintOutcome
from kiosk.visit.model import (
    AnotherWanted,
    Answering,
    ApplicationPrepared,
    BackWanted,
    ChangeWanted,
    Choosing,
    Consenting,
    Ended,
    Finished,
    LanguageChosen,
    PreparationFailed,
    PrepareApplication,
    Printing,
    PrintReceipt,
    ReceiptHandled,
    ReprintWanted,
    ReviewAccepted,
    Reviewing,
    SaveApplication,
    Saved,
    SaveFailed,
    Saving,
    SubmissionConfirmed,
    Touched,
)


def saves(visit):
    return sum(isinstance(effect, SaveApplication) for effect in visit.asked)


def test_two_taps_send_once(visit):
    visit.up_to_the_tap()
    visit.does(SubmissionConfirmed(), SubmissionConfirmed())
    assert visit.ignored
    assert saves(visit) == 1


def test_a_tap_before_the_draft_is_remembered(visit, draft):
    visit.up_to_the_review()
    visit.does(ReviewAccepted(), SubmissionConfirmed(share_references=True))
    assert visit.shows(Consenting, waiting=True)
    visit.does(SubmissionConfirmed(share_references=False))
    assert visit.ignored

    visit.device_says(ApplicationPrepared, draft=draft)

    assert visit.shows(Saving)
    assert saves(visit) == 1
    assert visit.effects[0].share_references


def test_who_goes_back_takes_the_tap_back(visit, draft):
    visit.up_to_the_review()
    visit.does(ReviewAccepted(), SubmissionConfirmed(), BackWanted())
    visit.device_says(ApplicationPrepared, draft=draft)
    assert visit.shows(Reviewing, draft=draft)
    assert saves(visit) == 0


def test_a_draft_that_arrives_on_the_page_of_the_tap_is_kept(visit, draft):
    visit.up_to_the_review()
    visit.does(ReviewAccepted())
    visit.device_says(ApplicationPrepared, draft=draft)
    assert visit.shows(Consenting, draft=draft, waiting=False)


def test_a_failed_preparation_is_tried_again_by_going_on(visit, draft):
    visit.up_to_the_review()
    visit.device_says(PreparationFailed, code="DOC-01")
    assert visit.shows(Reviewing, problem="DOC-01")

    visit.does(ReviewAccepted())
    assert visit.asks_for(PrepareApplication)
    visit.device_says(PreparationFailed, code="DOC-01")
    assert visit.shows(Consenting, problem="DOC-01", waiting=False)

    visit.does(SubmissionConfirmed())
    assert visit.asks_for(PrepareApplication)
    assert visit.shows(Consenting, problem="", waiting=True)
    visit.device_says(ApplicationPrepared, draft=draft)
    assert visit.shows(Saving)


def test_what_could_not_be_stored_was_not_sent_and_can_be_sent_again(visit, draft, noon):
    visit.up_to_the_tap()
    visit.does(SubmissionConfirmed())
    visit.device_says(SaveFailed, code="OUTBOX-01")
    assert visit.shows(Consenting, problem="OUTBOX-01", draft=draft)

    visit.does(SubmissionConfirmed())
    visit.device_says(Saved, saved_at=noon)
    assert visit.shows(Printing)


def test_saving_is_left_by_the_store_alone(visit, noon):
    visit.up_to_the_tap()
    visit.does(SubmissionConfirmed())
    visit.does(BackWanted(), Ended(), Touched(), LanguageChosen("en"))
    visit.waits(300)
    assert visit.shows(Saving)

    visit.device_says(Saved, saved_at=noon)
    assert visit.shows(Printing)


def test_another_language_makes_the_application_ready_anew(visit, draft):
    visit.up_to_the_tap()
    visit.does(LanguageChosen("en"))
    assert visit.shows(Consenting, draft=None)
    assert visit.effects[0].application.language == "en"

    visit.does(LanguageChosen("en"))
    assert visit.ignored
    visit.does(LanguageChosen("xx"))
    assert visit.ignored


def test_after_saving_no_answer_is_kept(visit, noon):
    visit.up_to_the_tap()
    visit.does(SubmissionConfirmed())
    visit.device_says(Saved, saved_at=noon)
    assert not hasattr(visit.state, "application")
    assert not hasattr(visit.state, "draft")


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (PrintOutcome.PRINTED_PAPER_LOW, ""),
        (PrintOutcome.NOT_PRINTED, "PRINT-02"),
        (PrintOutcome.UNKNOWN, "PRINT-04"),
    ],
)
def test_whatever_the_printer_does_the_code_stays(visit, draft, noon, outcome, code):
    visit.up_to_the_tap()
    visit.does(SubmissionConfirmed())
    visit.device_says(Saved, saved_at=noon)
    visit.device_says(ReceiptHandled, outcome=outcome, code=code)
    assert visit.shows(Finished, outcome=outcome, problem=code)
    assert visit.state.receipt.code == draft.code


def test_a_silent_printer_does_not_hold_the_citizen_up(visit, noon):
    visit.up_to_the_tap()
    visit.does(SubmissionConfirmed())
    visit.device_says(Saved, saved_at=noon)
    visit.waits(45)
    assert visit.shows(Finished, outcome=PrintOutcome.UNKNOWN, problem="PRINT-04")

    visit.device_says(ReceiptHandled, outcome=PrintOutcome.PRINTED)
    assert visit.shows(Finished, outcome=PrintOutcome.PRINTED, problem="")


def test_the_receipt_can_be_printed_again_in_the_language_now_chosen(visit):
    visit.up_to_the_end()
    visit.does(LanguageChosen("en"), ReprintWanted())
    assert visit.shows(Printing)
    assert visit.asks_for(PrintReceipt)
    assert visit.effects[0].receipt.language == "en"
    assert saves(visit) == 1


def test_something_else_keeps_the_language_and_nothing_more(visit):
    visit.up_to_the_end()
    ended = visit.state.session.visit_id
    visit.does(LanguageChosen("en"), AnotherWanted())
    assert visit.shows(Choosing)
    assert visit.state.session.language == "en"
    assert visit.state.session.visit_id == ended + 1


def test_an_answer_broken_by_another_day_is_marked_when_its_page_is_opened(visit):
    visit.up_to_the_review()
    visit.today = visit.today.replace(year=2020)
    visit.waits(1)
    visit.does(ChangeWanted("dogs.1.dog-origin"))
    assert visit.shows(Answering, step_key="dogs.1.dog-origin")
    assert "dogs.1.acquired_on" in visit.state.problems
