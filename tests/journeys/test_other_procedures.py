"""The two other procedures of the demo, told the same way."""

from __future__ import annotations

from kiosk.identity import Way
from kiosk.visit.model import (
    Answering,
    AnswersGiven,
    BackWanted,
    ChangeWanted,
    Identifying,
    Informing,
    NoticeAgreed,
    ProcedureChosen,
    Reviewing,
    WayChosen,
)


def answer_up_to_the_zone(visit):
    visit.without_card("bewohnerparkausweis")
    visit.answers("kind", application_kind="new")
    visit.answers("name", given_names="Mira", family_names="Nowak", doctoral_degree="")
    visit.answers("birth", birth_date="12.08.1984")
    visit.answers("address", address="Beispielweg 17\n03046\nCottbus")
    visit.answers("contact", phone="", email="")


def first_option(visit, field_id):
    pages = visit.state.procedure.pages
    return next(f for page in pages for f in page.fields if f.id == field_id).options[0].id


def test_a_parking_permit_for_one_car(visit):
    answer_up_to_the_zone(visit)
    visit.answers("zone", zone=first_option(visit, "zone"), residence=first_option(visit, "residence"))
    visit.answers("vehicle", vehicle=first_option(visit, "vehicle"), plate="CB-AB 123", two_vehicles="no")
    visit.answers("keeper", keeper="self")
    visit.answers("registration", registration_proof=first_option(visit, "registration_proof"))
    visit.answers("duration", duration=first_option(visit, "duration"), start_date="01.12.2026")
    visit.answers("payment", payment=first_option(visit, "payment"), delivery=first_option(visit, "delivery"))
    assert visit.shows(Reviewing)


def test_an_address_outside_every_zone_ends_at_a_stop_page(visit):
    answer_up_to_the_zone(visit)
    visit.answers("zone", zone="none", residence=first_option(visit, "residence"))
    assert visit.shows(Answering, step_key="no-zone")

    visit.does(AnswersGiven("no-zone", {}))
    assert visit.ignored
    assert visit.shows(Answering, step_key="no-zone")

    visit.does(BackWanted())
    assert visit.shows(Answering, step_key="zone")


def test_nobody_can_jump_to_a_stop_page(visit):
    answer_up_to_the_zone(visit)
    visit.does(ChangeWanted("no-zone"))
    assert visit.ignored


def test_a_defect_is_reported_without_a_card_and_without_a_name(visit):
    visit.does(ProcedureChosen("maengelmelder"))
    assert visit.shows(Informing)

    visit.does(NoticeAgreed())
    assert visit.shows(Answering, step_key="category")

    visit.answers("category", category="light")
    visit.answers("danger", danger="yes")
    visit.answers("emergency", danger_understood="yes")
    visit.answers("place", place_street="Musterallee 17", place_detail="")
    visit.answers("description", description="Die Laterne ist seit drei Tagen dunkel.")
    visit.answers("contact-wanted", contact_wanted="no", public_ok="yes")

    assert visit.shows(Reviewing)
    assert visit.state.application.evidence is None


def test_back_from_a_first_page_without_a_card_is_the_notice(visit):
    visit.does(ProcedureChosen("maengelmelder"), NoticeAgreed(), BackWanted())
    assert visit.shows(Informing)


def test_without_a_reader_nobody_is_asked_for_a_card(visit_without_reader):
    visit_without_reader.does(ProcedureChosen("hund-anmelden"), NoticeAgreed())
    assert visit_without_reader.shows(Answering, step_key="applicant")


def test_a_way_this_terminal_does_not_have_means_nothing(visit):
    visit.does(ProcedureChosen("hund-anmelden"), NoticeAgreed(), WayChosen(Way.ONLINE))
    assert visit.ignored
    assert visit.shows(Identifying)
