"""The way of the card, and everything that goes wrong on it."""

from __future__ import annotations

import pytest

from kiosk.identity import ReadPhase, Secret, Way
from kiosk.visit.model import (
    Answering,
    BackWanted,
    CanEntered,
    CardFailed,
    CardInserted,
    CardProgressed,
    CardRead,
    CardRemoved,
    Confirming,
    ConfirmStaff,
    Ended,
    Identifying,
    IdentifyingPhase,
    Idle,
    Informing,
    NoticeAgreed,
    ProcedureChosen,
    ReadCard,
    StaffCodeEntered,
    StaffConfirmed,
    StaffRefused,
    WayChosen,
)

SECRET = Secret("500540")


def test_a_card_pulled_out_too_early_costs_the_citizen_nothing(visit, person):
    visit.up_to_the_can()
    visit.does(CanEntered(SECRET))
    visit.device_says(CardRemoved())
    assert visit.shows(Identifying, phase=IdentifyingPhase.READING)

    visit.device_says(CardFailed, code="CARD-02")
    assert visit.shows(Identifying, phase=IdentifyingPhase.INSERT, problem="CARD-02")

    visit.device_says(CardInserted())
    assert visit.shows(Identifying, phase=IdentifyingPhase.CAN)

    visit.does(CanEntered(SECRET))
    visit.device_says(CardRead, identity=person)
    assert visit.shows(Answering)
    assert SECRET.reveal() not in repr(visit.everything_so_far)


def test_a_wrong_can_is_typed_again_without_laying_the_card_down_again(visit):
    visit.up_to_the_can()
    visit.does(CanEntered(Secret("000000")))
    visit.device_says(CardFailed, code="CARD-03", tries_left=None)
    assert visit.shows(Identifying, phase=IdentifyingPhase.CAN, problem="CARD-03")

    visit.does(CanEntered(SECRET))
    assert visit.asks_for(ReadCard)
    assert visit.shows(Identifying, problem="")


@pytest.mark.parametrize("code", ["CARD-01", "CARD-04", "CARD-05"])
def test_a_card_that_does_not_work_leads_back_to_the_choice_of_a_way(visit, code):
    visit.up_to_the_can()
    visit.does(CanEntered(SECRET))
    visit.device_says(CardFailed, code=code)
    assert visit.shows(Identifying, phase=IdentifyingPhase.WAY, problem=code)

    visit.does(WayChosen(Way.ON_SITE))
    assert visit.shows(Identifying, phase=IdentifyingPhase.CAN), "staff confirmed this visit already"

    visit.does(WayChosen(None))
    assert visit.shows(Answering, evidence=None)


def test_a_reader_that_took_too_long_may_be_tried_again(visit):
    visit.up_to_the_can()
    visit.does(CanEntered(SECRET))
    visit.device_says(CardFailed, code="CARD-06")
    assert visit.shows(Identifying, phase=IdentifyingPhase.CAN, problem="CARD-06")


def test_the_phases_of_reading_are_shown(visit):
    visit.up_to_the_can()
    visit.does(CanEntered(SECRET))
    visit.device_says(CardProgressed, phase=ReadPhase.SECURING)
    visit.device_says(CardProgressed, phase=ReadPhase.READING)
    assert visit.shows(Identifying, phase=IdentifyingPhase.READING, read_phase=ReadPhase.READING)


def test_only_what_the_procedure_needs_is_read(visit):
    visit.up_to_the_can()
    visit.does(CanEntered(SECRET))
    assert {str(name) for name in visit.effects[0].attributes} == {
        "given_names",
        "family_names",
        "doctoral_degree",
        "birth_name",
        "date_of_birth",
        "place_of_birth",
        "street",
        "postcode",
        "city",
    }


def test_without_a_staff_confirmation_of_this_visit_there_is_no_can(visit, person):
    visit.device_says(CardInserted())
    visit.does(ProcedureChosen("hund-anmelden"), NoticeAgreed())
    visit.does(CanEntered(SECRET))
    assert visit.ignored
    visit.does(WayChosen(Way.ON_SITE))
    visit.does(CanEntered(SECRET))
    assert visit.ignored
    assert visit.shows(Confirming)
    assert not any(isinstance(effect, ReadCard) for effect in visit.asked)


def test_a_card_already_on_the_reader_is_not_asked_for(visit, confirmation):
    visit.device_says(CardInserted())
    visit.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.ON_SITE))
    visit.does(StaffCodeEntered("17", Secret("123456")))
    visit.device_says(StaffConfirmed, confirmation=confirmation)
    assert visit.shows(Identifying, phase=IdentifyingPhase.CAN)

    visit.device_says(CardRemoved())
    assert visit.shows(Identifying, phase=IdentifyingPhase.INSERT)


def test_a_refused_staff_code_can_be_typed_again(visit):
    visit.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.ON_SITE))
    visit.does(StaffCodeEntered("17", Secret("111111")))
    visit.device_says(StaffRefused, code="STAFF-01")
    assert visit.shows(Confirming, waiting=False, problem="STAFF-01")

    visit.does(StaffCodeEntered("17", Secret("123456")))
    assert visit.asks_for(ConfirmStaff)
    visit.does(StaffCodeEntered("17", Secret("123456")))
    assert visit.ignored, "the second tap asks nobody"


def test_by_hand_is_offered_at_every_point(visit, confirmation):
    visit.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.ON_SITE), WayChosen(None))
    assert visit.shows(Answering)

    visit.does(BackWanted(), WayChosen(Way.ON_SITE), StaffCodeEntered("17", Secret("123456")))
    visit.does(BackWanted())
    visit.device_says(StaffConfirmed, confirmation=confirmation)
    assert visit.shows(Identifying, phase=IdentifyingPhase.WAY, confirmation=None), "nobody waited for staff any more"

    visit.does(BackWanted())
    assert visit.shows(Informing)


def test_back_from_the_can_is_the_choice_of_a_way(visit):
    visit.up_to_the_can()
    visit.does(BackWanted())
    assert visit.shows(Identifying, phase=IdentifyingPhase.WAY)


def test_who_goes_on_by_hand_is_not_overtaken_by_a_slow_card(visit, person):
    visit.up_to_the_can()
    visit.does(CanEntered(SECRET))
    reading = visit.asked[-1]
    visit.does(WayChosen(None))

    visit.device_says(CardRead(reading.visit_id, reading.request, person))

    assert visit.shows(Answering, answers={}, evidence=None)


def test_a_late_card_never_lands_in_the_next_visit(visit, person):
    visit.up_to_the_can()
    visit.does(CanEntered(SECRET))
    reading = visit.asked[-1]
    visit.does(Ended())
    visit.device_says(CardRemoved())
    visit.does(ProcedureChosen("hund-anmelden"), NoticeAgreed())

    visit.device_says(CardRead(reading.visit_id, reading.request, person))

    assert visit.shows(Identifying, phase=IdentifyingPhase.WAY)


def test_what_was_typed_before_the_card_stays(visit, person):
    visit.without_card()
    visit.answers("applicant", applicant_is="keeper")
    visit.does(BackWanted(), BackWanted())
    visit.up_to_the_can_from_the_way()
    visit.does(CanEntered(SECRET))
    visit.device_says(CardRead, identity=person)
    assert visit.shows(Answering, step_key="contact")


def test_a_card_laid_down_while_typing_disturbs_nobody(visit):
    visit.without_card()
    before = visit.state
    visit.device_says(CardInserted())
    assert visit.shows(Answering, step_key=before.step_key, answers=before.answers)
    visit.device_says(CardRemoved())
    visit.does(Ended())
    assert visit.shows(Idle)
