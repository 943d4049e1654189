"""The journey: what is asked next, what counts, what a refused page costs (nothing)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.procedures.journey import Accepted, Refused, accept, contest, field_at, journey
from kiosk.procedures.loader import load_procedure
from kiosk.procedures.model import Answer, Problem, Procedure, Source

from .conftest import SMALL, TODAY, Citizen

THIRD = """
[[pages]]
id = "third"
title = "Wie heißt er?"
section = "Ihr Hund"
show_if = {{ field = "dog", equals = "yes" }}

[[pages.fields]]
kind = "name"
id = "dog_name"
label = "Name des Hundes"

[[pages]]
id = "fourth"
title = "Dürfen wir ihn so nennen?"
section = "Ihr Hund"
show_if = {{ field = "may_call", equals = "yes" }}

[[pages.fields]]
kind = "name"
id = "call_name"
label = "Rufname"
"""


@pytest.fixture
def dog(small: Callable[..., Path]) -> Procedure:
    """Two pages, a third that depends on the second, a fourth that depends on the third."""
    third, fourth = THIRD.split('[[pages]]\nid = "fourth"')
    ask = '\n[[pages.fields]]\nkind = "yes_no"\nid = "may_call"\nlabel = "Darf er so heißen?"\n'
    text = SMALL.replace("[[destinations]]", f'{third}{ask}\n[[pages]]\nid = "fourth"{fourth}\n[[destinations]]')
    return load_procedure(small(text, fields='"name", "dog", "dog_name", "may_call", "call_name"'))


@pytest.fixture
def owner(dog: Procedure, german: object) -> Citizen:
    return Citizen(dog, german)  # type: ignore[arg-type]


def test_pages_come_one_after_the_other(owner: Citizen) -> None:
    assert owner.asked == "first"

    owner.says("first", name="Eva")
    assert owner.asked == "second"

    owner.says("second", dog="no")
    assert owner.journey.complete


def test_an_answer_opens_the_pages_that_depend_on_it(owner: Citizen) -> None:
    owner.says("first", name="Eva").says("second", dog="yes")

    assert owner.asked == "third"


def test_what_a_hidden_page_once_held_opens_nothing(owner: Citizen) -> None:
    owner.says("first", name="Eva").says("second", dog="yes")
    owner.says("third", dog_name="Bello", may_call="yes").says("fourth", call_name="Bo")
    assert owner.journey.complete

    owner.says("second", dog="no")

    assert owner.visible == {"first", "second"}
    assert owner.journey.complete


def test_changing_ones_mind_back_finds_the_old_answers_again(owner: Citizen) -> None:
    owner.says("first", name="Eva").says("second", dog="yes").says("third", dog_name="Bello", may_call="no")

    owner.says("second", dog="no").says("second", dog="yes")

    assert owner.journey.complete
    assert owner.answers["dog_name"].value == "Bello"


def test_a_refused_page_keeps_nothing_of_it(owner: Citizen) -> None:
    owner.says("first", name="Eva").says("second", dog="yes")

    owner.says("third", dog_name="B3llo", may_call="yes")

    assert owner.problems == {"dog_name": "In einem Namen stehen nur Buchstaben, Bindestrich, Apostroph und Punkt."}
    assert "may_call" not in owner.answers
    assert owner.asked == "third"


def test_an_empty_page_names_every_field_that_is_missing(owner: Citizen) -> None:
    owner.says("first", name="Eva").says("second", dog="yes").says("third")

    assert owner.problems == {
        "dog_name": "Bitte füllen Sie dieses Feld aus.",
        "may_call": "Bitte wählen Sie eine Antwort.",
    }


def test_a_late_tap_on_a_page_that_is_gone_changes_nothing(owner: Citizen, dog: Procedure) -> None:
    owner.says("first", name="Eva").says("second", dog="no")

    result = accept(dog, owner.answers, "third", {"dog_name": "Bello", "may_call": "yes"}, TODAY)

    assert isinstance(result, Accepted)
    assert result.answers == owner.answers


def test_answers_to_fields_that_are_not_on_the_page_are_not_taken(owner: Citizen) -> None:
    owner.says("first", name="Eva", dog="yes", iban="DE02")

    assert set(owner.answers) == {"name"}


def test_the_way_back_and_the_page_count_follow_what_is_asked(owner: Citizen) -> None:
    owner.says("first", name="Eva").says("second", dog="yes")
    way = owner.journey

    assert way.before("first") is None
    assert way.before("third") == way.step("second")
    assert [way.position(step.key) for step in way.asked] == [(1, 3), (2, 3), (3, 3)]
    assert way.before("unknown") is None
    assert way.position("unknown") == (1, 3)


def test_pages_the_card_answered_are_not_walked_through(dog: Procedure) -> None:
    way = journey(dog, {"name": Answer("Eva", Source.CARD)}, TODAY)

    assert [step.key for step in way.asked] == ["second"]
    assert way.step("first") is not None
    assert way.position("first") == (1, 1)


def test_typing_never_overwrites_the_card(dog: Procedure) -> None:
    from_card = {"name": Answer("Eva", Source.CARD)}

    result = accept(dog, from_card, "first", {"name": "Anna"}, TODAY)

    assert isinstance(result, Accepted)
    assert result.answers == from_card


def test_a_doubt_stands_beside_the_cards_value(dog: Procedure) -> None:
    doubted = contest(dog, {"name": Answer("Eva", Source.CARD)}, "name", " Anna ")

    assert doubted == {"name": Answer("Eva", Source.CARD, contested="Anna")}


def test_typing_the_cards_value_takes_the_doubt_back(dog: Procedure) -> None:
    doubted = {"name": Answer("Eva", Source.CARD, contested="Anna")}

    assert contest(dog, doubted, "name", "Eva") == {"name": Answer("Eva", Source.CARD)}


@pytest.mark.parametrize(("text", "code"), [("", "required"), ("  ", "required"), ("3va", "not-a-name")])
def test_a_doubt_must_be_an_answer(dog: Procedure, text: str, code: str) -> None:
    assert contest(dog, {"name": Answer("Eva", Source.CARD)}, "name", text) == Problem(code)


def test_only_the_cards_values_can_be_doubted(dog: Procedure) -> None:
    assert contest(dog, {"name": Answer("Eva")}, "name", "Anna") == Problem("not-from-card")
    assert contest(dog, {}, "name", "Anna") == Problem("not-from-card")


def test_a_required_answer_left_empty_is_asked_again_even_from_the_card(dog: Procedure) -> None:
    way = journey(dog, {"name": Answer("", Source.CARD)}, TODAY)
    assert way.next is not None
    assert way.next.key == "first"

    result = accept(dog, {"name": Answer("", Source.CARD)}, "first", {"name": "Eva"}, TODAY)
    assert isinstance(result, Accepted)
    assert result.answers == {"name": Answer("Eva")}


def test_a_field_is_found_by_path_and_by_pattern(procedures: dict[str, Procedure]) -> None:
    dogs = procedures["hund-anmelden"]

    assert field_at(dogs, "dogs.3.dog_name") is field_at(dogs, "dogs.*.dog_name")
    assert field_at(dogs, "iban").label == "IBAN"
    with pytest.raises(KeyError):
        field_at(dogs, "dogs.1.iban")


def test_a_page_may_be_refused_for_a_rule_between_its_answers(small: Callable[..., Path]) -> None:
    text = SMALL.replace('kind = "yes_no"\nid = "dog"', 'kind = "name"\nid = "dog"')
    rule = '[[checks]]\nkind = "differs"\nfield = "dog"\nother = "name"'
    procedure = load_procedure(small(text, tail=rule))

    result = accept(procedure, {"name": Answer("Eva")}, "second", {"dog": "Eva"}, TODAY)

    assert result == Refused({"dog": Problem("same-as-other")})


def test_an_answer_changed_later_calls_the_other_page_back(small: Callable[..., Path], german: object) -> None:
    text = SMALL.replace('kind = "yes_no"\nid = "dog"', 'kind = "name"\nid = "dog"')
    rule = '[[checks]]\nkind = "differs"\nfield = "dog"\nother = "name"'
    person = Citizen(load_procedure(small(text, tail=rule)), german)  # type: ignore[arg-type]
    person.says("first", name="Eva").says("second", dog="Anna")
    assert person.journey.complete

    person.says("first", name="Anna")

    assert person.asked == "second"
    assert person.journey.problems == {"dog": Problem("same-as-other")}
