"""How an application is laid out for reading."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.language import Language, load
from kiosk.procedures.journey import Journey, journey
from kiosk.procedures.model import Answer, Answers, Procedure, Source
from kiosk.procedures.prefill import prefill
from kiosk.procedures.summary import fee_cents, summary

from .conftest import CARD, TODAY


def dog(number: int, name: str) -> Answers:
    given = {"dog_name": name, "sex": "female", "breed": "Dackel", "second_breed": "", "chip_number": "276098102345678"}
    return {f"dogs.{number}.{key}": Answer(value) for key, value in given.items()}


def titles(procedure: Procedure, answers: Answers, words: Language) -> list[str]:
    return [section.title for section in summary(procedure, answers, TODAY, words)]


def test_one_dog_is_your_dog_and_two_are_counted(procedures: Mapping[str, Procedure], german: Language) -> None:
    dogs = procedures["hund-anmelden"]
    one = dog(1, "Mila")
    assert titles(dogs, one, german) == ["Ihr Hund"]

    two = {**one, "dogs.1.more": Answer("yes"), **dog(2, "Bello")}
    assert titles(dogs, two, german) == ["Hund 1", "Hund 2"]
    assert titles(dogs, two, load("en")) == ["Dog 1", "Dog 2"]


def test_a_row_knows_its_source_its_page_and_its_value(procedures: Mapping[str, Procedure], german: Language) -> None:
    answers = {**prefill(procedures["hund-anmelden"], CARD), **dog(1, "Mila")}

    sections = summary(procedures["hund-anmelden"], answers, TODAY, german)
    rows = {row.path: row for section in sections for row in section.rows}

    assert [section.title for section in sections] == ["Sie", "Ihr Hund"]
    assert rows["birth_date"].text == "12. August 1964"
    assert rows["birth_date"].source is Source.CARD
    assert rows["address"].value == {"street": "Musterallee 17", "postcode": "03046", "city": "Cottbus"}
    assert rows["dogs.1.dog_name"].step_key == "dogs.1.dog-name"
    assert rows["dogs.1.chip_number"].text == "276 0981 0234 5678"


def test_left_empty_by_hand_is_told_left_empty_by_the_card_is_not(
    procedures: Mapping[str, Procedure], german: Language
) -> None:
    answers = {**prefill(procedures["hund-anmelden"], CARD), **dog(1, "Mila")}
    sections = summary(procedures["hund-anmelden"], answers, TODAY, german)
    rows = {row.path: row for section in sections for row in section.rows}

    assert rows["dogs.1.second_breed"].text == "keine Angabe"
    assert rows["dogs.1.second_breed"].value is None
    assert "doctoral_degree" not in rows


def test_a_page_that_is_not_shown_has_no_row(procedures: Mapping[str, Procedure], german: Language) -> None:
    answers = {"sepa": Answer("no"), "iban": Answer("DE02120300000000202051")}

    rows = [
        row.path for section in summary(procedures["hund-anmelden"], answers, TODAY, german) for row in section.rows
    ]

    assert rows == ["sepa"]


def test_a_procedure_without_fee_costs_nothing_that_is_known(procedures: Mapping[str, Procedure]) -> None:
    assert fee_cents(procedures["hund-anmelden"], {}) is None
    assert fee_cents(procedures["bewohnerparkausweis"], {}) is None


def test_personal_data_hide_from_repr(procedures: Mapping[str, Procedure], german: Language) -> None:
    secret = {"family_names": "Šćěpan", "given_names": "Łucja", "place_of_birth": "Wětošow", "street": "Probegasse 99"}
    answers = prefill(procedures["hund-anmelden"], {**CARD, **secret})
    way: Journey = journey(procedures["hund-anmelden"], answers, TODAY)

    shown = repr(summary(procedures["hund-anmelden"], answers, TODAY, german)) + repr(way) + repr(answers)

    assert not [value for value in secret.values() if value in shown]
