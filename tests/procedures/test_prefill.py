"""What the card answers, what it leaves open, and what is never asked of it."""

from __future__ import annotations

from kiosk.identity import Attribute
from kiosk.procedures.journey import journey
from kiosk.procedures.model import Answer, Procedure, Source
from kiosk.procedures.prefill import ATTRIBUTES, prefill, wanted_attributes

from .conftest import CARD, TODAY


def test_the_names_of_attributes_are_those_of_the_card() -> None:
    assert {attribute.value for attribute in Attribute} == ATTRIBUTES


def test_a_card_answers_what_it_knows(procedures: dict[str, Procedure]) -> None:
    answers = prefill(procedures["hund-anmelden"], CARD)

    assert answers["given_names"] == Answer("Eva Maria", Source.CARD)
    assert answers["birth_date"].value == "1964-08-12"
    assert answers["address"].value == "Musterallee 17\n03046\nCottbus"


def test_what_the_card_has_empty_answers_only_optional_fields(procedures: dict[str, Procedure]) -> None:
    answers = prefill(procedures["hund-anmelden"], {**CARD, "place_of_birth": ""})

    assert answers["doctoral_degree"] == Answer("", Source.CARD)
    assert "birth_place" not in answers


def test_what_the_card_did_not_give_is_asked(procedures: dict[str, Procedure]) -> None:
    older = {name: value for name, value in CARD.items() if name != "birth_name"}
    dogs = procedures["hund-anmelden"]

    way = journey(dogs, prefill(dogs, older), TODAY)

    assert "name" in [step.key for step in way.asked]


def test_a_birth_date_with_unknown_parts_stands(procedures: dict[str, Procedure]) -> None:
    assert prefill(procedures["hund-anmelden"], {**CARD, "date_of_birth": "1964"})["birth_date"].value == "1964"


def test_a_place_without_streets_stands(procedures: dict[str, Procedure]) -> None:
    answers = prefill(procedures["hund-anmelden"], {**CARD, "street": ""})

    assert answers["address"].value == "\n03046\nCottbus"


def test_no_city_is_no_address(procedures: dict[str, Procedure]) -> None:
    assert "address" not in prefill(procedures["hund-anmelden"], {**CARD, "city": ""})
    assert "address" not in prefill(procedures["hund-anmelden"], {"family_names": "Muster"})


def test_a_name_longer_than_anybody_may_type_stands_whole(procedures: dict[str, Procedure]) -> None:
    long = "Adelheid " * 22 + "Ał"

    assert prefill(procedures["hund-anmelden"], {**CARD, "given_names": long})["given_names"].value == long


def test_signs_that_are_no_text_are_not_taken_from_a_card_either(procedures: dict[str, Procedure]) -> None:
    answers = prefill(procedures["hund-anmelden"], {**CARD, "given_names": "Eva\u202e", "street": "A\x07llee 1"})

    assert "given_names" not in answers
    assert "address" not in answers


def test_only_attributes_with_a_field_are_read(procedures: dict[str, Procedure]) -> None:
    assert wanted_attributes(procedures["hund-anmelden"]) == ATTRIBUTES - {"nationality"}
    assert wanted_attributes(procedures["bewohnerparkausweis"]) == ATTRIBUTES - {
        "nationality",
        "birth_name",
        "place_of_birth",
    }


def test_a_procedure_without_card_wants_nothing_from_one(procedures: dict[str, Procedure]) -> None:
    assert wanted_attributes(procedures["maengelmelder"]) == frozenset()
    assert prefill(procedures["maengelmelder"], CARD) == {}
