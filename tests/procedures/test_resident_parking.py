"""Bewohnerparkausweis: new, renewed, changed, lost, and for a street without a zone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.procedures.summary import fee_cents

from .conftest import Citizen


@pytest.fixture
def resident(citizen: Callable[[str], Citizen]) -> Citizen:
    return citizen("bewohnerparkausweis")


def begins(resident: Citizen, kind: str, **changes: str) -> Citizen:
    resident.says("kind", application_kind=kind).shows_card().says("contact")
    resident.says("zone", zone=changes.get("zone", "zone_2"), residence="main")
    resident.says("vehicle", vehicle="car", plate="cb-ab 123", two_vehicles=changes.get("two_vehicles", "no"))
    return resident.says("keeper", keeper=changes.get("keeper", "self"))


def test_a_new_permit_for_a_year(resident: Citizen) -> None:
    begins(resident, "new").says("registration", registration_proof="bring")
    resident.says("duration", duration="months_12", start_date="01.12.2026")
    resident.says("payment", payment="invoice", delivery="post")

    assert resident.journey.complete
    assert fee_cents(resident.procedure, resident.answers) == 12000


@pytest.mark.parametrize(("duration", "cents"), [("months_6", 6000), ("months_12", 12000), ("months_24", 24000)])
def test_the_fee_follows_the_duration(resident: Citizen, duration: str, cents: int) -> None:
    begins(resident, "new").says("duration", duration=duration, start_date="01.12.2026")

    assert fee_cents(resident.procedure, resident.answers) == cents


def test_no_fee_is_named_where_none_is_known(resident: Citizen) -> None:
    begins(resident, "new").says("duration", duration="months_12", start_date="01.12.2026")
    resident.says("kind", application_kind="lost")

    assert fee_cents(resident.procedure, resident.answers) is None


def test_a_street_without_zone_ends_the_way_and_sends_nothing(resident: Citizen) -> None:
    resident.says("kind", application_kind="new").shows_card().says("contact")
    resident.says("zone", zone="none", residence="main")

    assert resident.asked == "no-zone"
    assert resident.journey.stopped
    assert not resident.journey.complete
    assert "vehicle" not in resident.visible


def test_the_way_back_from_the_stop_is_open(resident: Citizen) -> None:
    resident.says("kind", application_kind="new").shows_card().says("contact")
    resident.says("zone", zone="none", residence="main").says("zone", zone="zone_1", residence="main")

    assert resident.asked == "vehicle"


def test_a_second_vehicle_needs_another_plate_and_a_reason(resident: Citizen) -> None:
    begins(resident, "new", two_vehicles="yes")
    assert resident.asked == "second-vehicle"

    resident.says("second-vehicle", second_plate="CB AB 123", second_reason="Wir teilen uns zwei Autos.")
    assert resident.problems == {"second_plate": "Das ist dasselbe Kennzeichen wie beim ersten Fahrzeug."}

    resident.says("second-vehicle", second_plate="CB-AB 124E", second_reason="Wir teilen uns zwei Autos.")
    assert resident.asked == "registration"


def test_a_vehicle_of_somebody_else_needs_a_declaration(resident: Citizen) -> None:
    begins(resident, "new", keeper="other")
    resident.says("other-keeper", keeper_name="Probe GmbH 24", keeper_address="Probeweg 3\n03042\nCottbus")

    assert resident.asked == "user-declaration"


@pytest.mark.parametrize(
    ("kind", "pages"),
    [
        ("new", {"registration", "duration"}),
        ("renew", {"old-number", "duration"}),
        ("change_plate", {"registration", "hand-in"}),
        ("change_address", {"registration", "hand-in"}),
        ("lost", {"registration", "lost"}),
    ],
)
def test_every_kind_of_application_asks_its_own(resident: Citizen, kind: str, pages: set[str]) -> None:
    begins(resident, kind)

    assert resident.visible & {"registration", "old-number", "lost", "hand-in", "duration"} == pages


@pytest.mark.parametrize(("day", "word"), [("21.11.2026", "Vergangenheit"), ("22.01.2027", "mehr als 60 Tage")])
def test_a_permit_starts_soon_but_not_yesterday(resident: Citizen, day: str, word: str) -> None:
    begins(resident, "new").says("duration", duration="months_6", start_date=day)

    assert word in resident.problems["start_date"]


def test_the_zones_say_that_they_are_invented(resident: Citizen) -> None:
    page = next(page for page in resident.procedure.pages if page.id == "zone")

    assert "erfunden" in page.intro
    assert resident.procedure.fee is not None
    assert (resident.procedure.fee.as_of, "rbb24" in resident.procedure.fee.source) == ("2025-04-01", True)
