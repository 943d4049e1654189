"""Hund anmelden, as people come to the terminal: one dog, a puppy, five dogs, for somebody else, in doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from kiosk.language import Language
from kiosk.procedures.journey import contest
from kiosk.procedures.model import Destination, Procedure
from kiosk.procedures.summary import Row, summary

from .conftest import TODAY, Citizen

CHIP = "276098102345678"


@pytest.fixture
def owner(citizen: Callable[[str], Citizen]) -> Citizen:
    return citizen("hund-anmelden")


def registers_one_dog(owner: Citizen, number: int = 1, **changes: str) -> Citizen:
    """The commonest dog: bought grown-up, harmless, replaces none."""
    dog = f"dogs.{number}"
    owner.says(f"{dog}.dog-name", dog_name="Mila", sex="female")
    owner.says(f"{dog}.dog-breed", breed="Labrador", colour="schwarz")
    owner.says(f"{dog}.dog-birth", dog_birth_date="03.2026", chip_number=f"27609810234567{number}")
    owner.says(f"{dog}.dog-origin", acquired_on=changes.get("acquired_on", "14.11.2026"), origin="purchase")
    owner.says(f"{dog}.dog-previous-owner", previous_owner_name="Hundezucht Probe")
    return owner.says(f"{dog}.dog-danger", dangerous=changes.get("dangerous", "no"), replaces_dog="no")


def begins(owner: Citizen, applicant_is: str = "keeper") -> Citizen:
    return owner.says("applicant", applicant_is=applicant_is).shows_card().says("contact")


def finishes(owner: Citizen, **changes: str) -> Citizen:
    return owner.says("tax", household_dog_count="1", **{"relief": "", "sepa": "no", **changes})


def rows_for(owner: Citizen, destination: str, words: Language) -> dict[str, Row]:
    target = next(item for item in owner.procedure.destinations if item.id == destination)
    sections = summary(owner.procedure, owner.answers, TODAY, words, target)
    return {row.path: row for section in sections for row in section.rows}


def test_with_a_card_and_one_dog_ten_pages_are_asked(owner: Citizen) -> None:
    finishes(registers_one_dog(begins(owner)).says("dogs.1.more", more="no"))

    assert owner.journey.complete
    assert [step.key for step in owner.journey.asked] == [
        "applicant",
        "contact",
        "dogs.1.dog-name",
        "dogs.1.dog-breed",
        "dogs.1.dog-birth",
        "dogs.1.dog-origin",
        "dogs.1.dog-previous-owner",
        "dogs.1.dog-danger",
        "dogs.1.more",
        "tax",
    ]


def test_the_common_way_costs_few_taps(owner: Citizen) -> None:
    """One tap for every option chosen and one for "continue"; typing and moving between boxes not counted."""
    finishes(registers_one_dog(begins(owner)).says("dogs.1.more", more="no"))
    tapped = [
        field
        for step in owner.journey.asked
        for field in step.fields
        if field.keyboard == "none" and owner.answers[step.path(field)].value
    ]

    before, after = 5, 3  # tile, notice, way, staff code, CAN; review, consent, done
    assert before + len(owner.journey.asked) + len(tapped) + after <= 25


def test_without_a_card_everything_is_typed(owner: Citizen) -> None:
    owner.says("applicant", applicant_is="keeper")
    assert owner.asked == "name"

    owner.says("name", given_names="Łucja", family_names="Šćěpan")
    owner.says("birth", birth_date="..1964", birth_place="Chóśebuz")
    owner.says("address", address="Musterallee 17\n03046\nCottbus/Chóśebuz")

    assert owner.asked == "contact"
    assert owner.answers["birth_date"].value == "1964"


def test_a_puppy_needs_no_chip_yet_but_a_day_for_it(owner: Citizen) -> None:
    begins(owner).says("dogs.1.dog-name", dog_name="Mila", sex="female")
    owner.says("dogs.1.dog-breed", breed="Labrador", colour="schwarz")

    owner.says("dogs.1.dog-birth", dog_birth_date="20.10.2026", chip_number="")
    assert owner.asked == "dogs.1.dog-chip-later"

    owner.says("dogs.1.dog-chip-later", chip_follows_on="01.06.2027")
    assert owner.problems == {"dogs.1.chip_follows_on": "Dieses Datum liegt mehr als 56 Tage in der Zukunft."}

    owner.says("dogs.1.dog-chip-later", chip_follows_on="10.01.2027")
    assert owner.asked == "dogs.1.dog-origin"


def test_a_grown_dog_needs_its_chip(owner: Citizen) -> None:
    begins(owner).says("dogs.1.dog-birth", dog_birth_date="03.2026", chip_number="")

    assert owner.problems == {
        "dogs.1.chip_number": "Bitte geben Sie die Chipnummer an. "
        "Nur bei einem Welpen unter acht Wochen dürfen Sie sie nachreichen."
    }


def test_a_dog_cannot_be_bought_before_it_is_born(owner: Citizen) -> None:
    begins(owner).says("dogs.1.dog-birth", dog_birth_date="10.2026", chip_number=CHIP)

    owner.says("dogs.1.dog-origin", acquired_on="30.09.2026", origin="private")
    assert "nicht vor seiner Geburt" in owner.problems["dogs.1.acquired_on"]

    owner.says("dogs.1.dog-origin", acquired_on="01.10.2026", origin="private")
    assert not owner.problems


@pytest.mark.parametrize("day", ["23.11.2026", "01.2030"])
def test_nothing_happened_tomorrow(owner: Citizen, day: str) -> None:
    begins(owner).says("dogs.1.dog-birth", dog_birth_date=day, chip_number=CHIP)

    assert "Zukunft" in owner.problems["dogs.1.dog_birth_date"]


def test_whoever_comes_late_is_told_and_may_go_on(owner: Citizen) -> None:
    registers_one_dog(begins(owner), acquired_on="01.09.2026")
    finishes(owner.says("dogs.1.more", more="no"))

    assert owner.journey.complete
    assert [warning.path for warning in owner.journey.warnings] == ["dogs.1.acquired_on"]
    assert "länger als zwei Wochen" in owner.journey.warnings[0].text


@pytest.mark.parametrize(
    ("origin", "page"),
    [
        ("purchase", "dog-previous-owner"),
        ("private", "dog-previous-owner"),
        ("shelter", "dog-shelter"),
        ("birth", "dog-mother"),
        ("moved", "dog-moved"),
    ],
)
def test_where_the_dog_comes_from_decides_the_next_question(owner: Citizen, origin: str, page: str) -> None:
    registers_one_dog(begins(owner)).says("dogs.1.dog-origin", acquired_on="14.11.2026", origin=origin)

    pages = {"dog-previous-owner", "dog-shelter", "dog-mother", "dog-moved"}
    assert {key.rpartition(".")[2] for key in owner.visible} & pages == {page}


def test_five_dogs_and_no_sixth(owner: Citizen) -> None:
    begins(owner)
    for number in range(1, 6):
        registers_one_dog(owner, number)
        if number < 5:
            owner.says(f"dogs.{number}.more", more="yes")

    assert "dogs.5.more" not in owner.visible
    assert owner.asked == "tax"
    finishes(owner)
    assert owner.journey.complete


def test_two_dogs_cannot_share_a_chip(owner: Citizen) -> None:
    registers_one_dog(begins(owner)).says("dogs.1.more", more="yes")

    owner.says("dogs.2.dog-birth", dog_birth_date="03.2026", chip_number="276098102345671")

    assert "schon bei einem anderen Hund" in owner.problems["dogs.2.chip_number"]


def test_a_second_dog_taken_back_counts_no_more(owner: Citizen, german: Language) -> None:
    registers_one_dog(begins(owner)).says("dogs.1.more", more="yes")
    registers_one_dog(owner, 2).says("dogs.1.more", more="no")
    finishes(owner)

    assert owner.journey.complete
    assert not [path for path in rows_for(owner, "dog-tax", german) if path.startswith("dogs.2")]


def test_whoever_acts_for_another_names_that_person_and_shows_authority(owner: Citizen) -> None:
    begins(owner, "agent")
    assert owner.asked == "principal-name"

    owner.says("principal-name", principal_given_names="Max", principal_family_names="Probe")
    owner.says("principal-birth", principal_birth_date="1950", principal_birth_place="Guben")
    owner.says("principal-address", principal_address="Probeweg 3\n03042\nCottbus")
    owner.says("authority", authority_proof="bring")

    assert owner.asked == "dogs.1.dog-name"


def test_relief_wants_proof_and_direct_debit_an_account(owner: Citizen) -> None:
    registers_one_dog(begins(owner)).says("dogs.1.more", more="no")
    finishes(owner, relief="hunting income", sepa="yes")
    assert owner.asked == "relief-proof"

    owner.says("relief-proof", relief_proof="send")
    owner.says("sepa", iban="DE03 1203 0000 0000 2020 51", account_holder="Eva Muster", sepa_mandate="yes")
    assert owner.problems["iban"].startswith("Diese IBAN stimmt nicht")

    owner.says("sepa", iban="DE02 1203 0000 0000 2020 51", account_holder="Eva Muster", sepa_mandate="")
    assert owner.problems == {"sepa_mandate": "Bitte bestätigen Sie das, um weiterzumachen."}

    owner.says("sepa", iban="DE02 1203 0000 0000 2020 51", account_holder="Eva Muster", sepa_mandate="yes")
    assert owner.journey.complete


@pytest.fixture
def everything_told(owner: Citizen) -> Citizen:
    """A dangerous dog, relief, direct debit, an earlier dog: as much as one dog can ask for."""
    registers_one_dog(begins(owner), dangerous="yes")
    owner.says("dogs.1.dog-danger", dangerous="yes", replaces_dog="yes")
    owner.says("dogs.1.dog-permit", permit_number="E 12/2026").says("dogs.1.dog-replaced", old_tag_number="4711")
    finishes(owner.says("dogs.1.more", more="no"), relief="income", sepa="yes")
    owner.says("relief-proof", relief_proof="bring")
    return owner.says("sepa", iban="DE02120300000000202051", account_holder="Eva Muster", sepa_mandate="yes")


def test_the_order_office_never_learns_of_money(everything_told: Citizen, german: Language) -> None:
    assert everything_told.journey.complete
    rows = rows_for(everything_told, "dog-register", german)

    assert not rows.keys() & {"iban", "account_holder", "sepa", "sepa_mandate", "relief", "relief_proof"}
    assert "DE02" not in "".join(row.text.replace(" ", "") for row in rows.values())
    assert rows["dogs.1.permit_number"].text == "E 12/2026"
    assert rows["birth_place"].text == "Berlin"


def test_the_tax_office_learns_of_danger_only_yes_or_no(everything_told: Citizen, german: Language) -> None:
    rows = rows_for(everything_told, "dog-tax", german)

    assert rows["dogs.1.dangerous"].value == "yes"
    assert "dogs.1.permit_number" not in rows
    assert not rows.keys() & {"birth_place", "birth_name", "dogs.1.chip_number", "dogs.1.colour"}
    assert rows["iban"].text == "DE02 1203 0000 0000 2020 51"


def test_no_field_of_one_office_hides_in_the_other(procedures: Mapping[str, Procedure]) -> None:
    tax, order = (set(target.fields) for target in procedures["hund-anmelden"].destinations)

    assert tax - order >= {"iban", "account_holder", "sepa_mandate", "relief", "relief_proof", "household_dog_count"}
    assert order - tax == {
        "birth_name",
        "birth_place",
        "principal_birth_place",
        "dogs.*.colour",
        "dogs.*.chip_number",
        "dogs.*.chip_follows_on",
        "dogs.*.permit_number",
    }


def test_a_doubt_about_the_card_reaches_both_offices(everything_told: Citizen, german: Language) -> None:
    doubted = contest(everything_told.procedure, everything_told.answers, "family_names", "Muster-Probe")
    assert isinstance(doubted, dict)
    everything_told.answers = doubted

    for destination in ("dog-tax", "dog-register"):
        row = rows_for(everything_told, destination, german)["family_names"]
        assert (row.text, row.contested) == ("Muster", "Muster-Probe")


def test_every_destination_is_one_of_the_demo(procedures: Mapping[str, Procedure]) -> None:
    found: list[Destination] = [target for procedure in procedures.values() for target in procedure.destinations]

    assert {target.id for target in found} == {"dog-tax", "dog-register", "resident-parking", "defects"}
    assert {target.department for target in found} == {"Steuern und Abgaben", "Öffentliche Ordnung"}
