"""`kiosk check`: the shipped procedures hold, and every kind of complaint is really made."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel.messages.pofile import read_po

from kiosk.language import LOCALES, load
from kiosk.procedures.check import complaints, follow, incomplete, own_texts, texts_of
from kiosk.procedures.loader import PROCEDURES, load_procedure
from kiosk.procedures.model import Procedure
from kiosk.procedures.samples import branches

from .conftest import SMALL


def test_the_shipped_procedures_have_nothing_to_complain_about() -> None:
    assert complaints(PROCEDURES, {"de": load("de"), "en": load("en")}) == []


@pytest.mark.parametrize("name", ["hund-anmelden", "bewohnerparkausweis", "maengelmelder"])
def test_every_branch_of_a_shipped_procedure_leads_to_an_end(procedures: Mapping[str, Procedure], name: str) -> None:
    procedure = procedures[name]

    assert not follow(procedure, {}).stuck
    assert any(branches(field) for page in procedure.pages for field in page.fields)
    assert incomplete(procedure) == []


def test_an_icon_nobody_drew_is_a_complaint(tmp_path: Path) -> None:
    text = (PROCEDURES / "maengelmelder.toml").read_text(encoding="utf-8")
    path = tmp_path / "maengelmelder.toml"
    path.write_text(re.sub(r'(?m)^icon = ".*"$', 'icon = "unicorn"', text), encoding="utf-8")
    assert complaints(tmp_path, {}) == [f"{path}: icon: there is no icon 'unicorn'"]


def test_a_malformed_file_and_an_empty_folder_are_complaints(tmp_path: Path) -> None:
    assert complaints(tmp_path, {}) == [f"{tmp_path}: no procedure there"]

    (tmp_path / "broken.toml").write_text("id = 3\n", encoding="utf-8")
    assert complaints(tmp_path, {}) == [f"{tmp_path / 'broken.toml'}, line 1: id must be a text"]


def test_a_question_nobody_can_answer(small: Callable[..., Path]) -> None:
    rule = '[[checks]]\nkind = "differs"\nfield = "dog"\nother = "first_dog"'
    twice = SMALL.replace('kind = "name"\nid = "name"', 'kind = "confirm"\nid = "first_dog"')
    twice = twice.replace('kind = "yes_no"', 'kind = "confirm"')
    path = small(twice, tail=rule, fields='"first_dog", "dog"')

    assert incomplete(load_procedure(path)) == ["page second cannot be answered: dog is refused (same-as-other)"]


def test_a_page_nobody_ever_sees(small: Callable[..., Path]) -> None:
    text = SMALL.replace('kind = "name"\nid = "name"', 'kind = "yes_no"\nid = "first"')
    both = [f'{{{{ field = "first", equals = "{value}" }}}}' for value in ("yes", "no")]
    path = small(text.replace("{page}", f"show_if = [{', '.join(both)}]"), fields='"first", "dog"')

    assert incomplete(load_procedure(path)) == ["field dog is never reached"]


def test_a_text_without_translation_and_one_with_other_placeholders(small: Callable[..., Path]) -> None:
    path = small()
    texts = {text: text for text in own_texts()} | {text: text for text in texts_of(load_procedure(path))}
    texts["Klein"] = ""
    texts["Kurz"] = "{short}"
    english = SimpleNamespace(code="en", texts=texts)

    assert complaints(path.parent, {"en": english}) == [
        f"{path}: no text in 'en' for: Klein",
        f"{path}: other placeholders in 'en' for: Kurz",
    ]


def test_every_text_a_person_reads_is_collected(procedures: Mapping[str, Procedure]) -> None:
    texts = texts_of(procedures["bewohnerparkausweis"])

    assert len(texts) == len(set(texts))
    assert {
        "Bewohnerparkausweis beantragen",
        "Beispielzone 1",
        "Musterallee, Probegasse",
        "Bericht von rbb24, von der Stadt noch nicht bestätigt",
        "stellt den Bewohnerparkausweis aus",
        "Das ist dasselbe Kennzeichen wie beim ersten Fahrzeug.",
    } <= set(texts)
    assert not {"car", "months_6", "new", "address", "2025-04-01"} & set(texts)


def test_the_catalogue_says_of_every_message_whether_a_person_reviewed_it() -> None:
    with (LOCALES / "en.po").open("rb") as file:
        catalogue = read_po(file, locale="en", abort_invalid=True)

    assert str(catalogue.charset).lower() == "utf-8"
    for message in catalogue:
        if message.id:
            assert {"unreviewed", "reviewed"} & set(message.user_comments), message.id
            assert message.string, message.id
