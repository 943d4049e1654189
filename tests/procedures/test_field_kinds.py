"""What each field kind takes, how it keeps it, and what it refuses."""

from __future__ import annotations

import pytest

from kiosk.language import load
from kiosk.procedures.fields import (
    Address,
    ChipNumber,
    Choice,
    Choices,
    Confirm,
    Date,
    Email,
    Iban,
    LongText,
    Name,
    Number,
    Option,
    Phone,
    Plate,
    Postcode,
    Text,
    YesNo,
)
from kiosk.procedures.model import Field, Problem

GERMAN = load("de")
BASE = {"id": "f", "label": "Feld"}
NAME, TEXT, LONG = Name(**BASE), Text(**BASE), LongText(**BASE)
COLOURS = (Option("red", "Rot"), Option("green", "Grün"), Option("blue", "Blau"))
CHOICE, CHOICES = Choice(**BASE, options=COLOURS), Choices(**BASE, options=COLOURS)


def code(field: Field, text: str) -> str:
    result = field.parse(text)
    return result.code if isinstance(result, Problem) else f"accepted {result!r}"


@pytest.mark.parametrize(
    "name",
    [
        "Müller-Lüdenscheidt",
        "O’Brien",
        "D'Angelo",
        "Chóśebuz",
        "Ćišinski ą ć č ě ł ń ó ŕ ś š ź ž",
        "Łužyca",
        "Nguyễn",
        "Şükrü İnönü",
        "Groß ẞ",
        "Dr. h.c.",
    ],
)
def test_a_name_takes_every_latin_letter(name: str) -> None:
    assert NAME.parse(name) == name


def test_a_name_is_kept_composed_and_with_single_blanks() -> None:
    assert NAME.parse("  Zoë \t  Mu\u0308ller ") == "Zoë Müller"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "required"),
        ("   ", "required"),
        ("Max 2", "not-a-name"),
        ("Max!", "not-a-name"),
        ("--", "not-a-name"),
        ("Иван", "latin-only"),
        ("محمد", "latin-only"),
        ("שרה", "latin-only"),
        ("李", "latin-only"),
        ("Max 😀", "picture-character"),
        ("Max\x07", "unusable-character"),
        ("Max\u202eretsuM", "unusable-character"),
        ("Max\u200b", "unusable-character"),
        ("M\u0301\u0301\u0301\u0301ax", "unusable-character"),
        ("\u0301Max", "unusable-character"),
        ("Max\ud800", "unusable-character"),
        ("M" * 121, "too-long"),
        ("M" * 100_000, "too-long"),
    ],
)
def test_a_name_refuses(text: str, problem: str) -> None:
    assert code(NAME, text) == problem


def test_a_name_of_120_letters_is_not_too_long() -> None:
    assert NAME.parse("ń" * 120) == "ń" * 120


def test_text_takes_digits_and_common_signs() -> None:
    assert TEXT.parse("Am Muster 3 a, 2. Stock („hinten“) – 50 %") == "Am Muster 3 a, 2. Stock („hinten“) – 50 %"


@pytest.mark.parametrize(
    ("text", "problem"),
    [("😀", "picture-character"), ("١٢", "latin-only"), ("a\u2066b", "unusable-character"), ("x" * 121, "too-long")],
)
def test_text_refuses(text: str, problem: str) -> None:
    assert code(TEXT, text) == problem


def test_long_text_keeps_its_lines_but_no_heap_of_empty_ones() -> None:
    assert LONG.parse("Die Laterne \r\n\n\n\n  ist dunkel.  ") == "Die Laterne\n\nist dunkel."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("zu kurz", "too-short"),
        ("x" * 1001, "too-long"),
        ("Die Laterne \u202e ist dunkel", "unusable-character"),
        ("Die Laterne ist 🔦 dunkel", "picture-character"),
    ],
)
def test_long_text_refuses(text: str, problem: str) -> None:
    assert code(LONG, text) == problem


@pytest.mark.parametrize(
    ("text", "number"), [("7", "7"), ("007", "7"), (" 1 2 ", "12"), ("20", "20"), ("0" * 50 + "3", "3")]
)
def test_number_keeps_plain_digits(text: str, number: str) -> None:
    assert Number(**BASE, minimum=1, maximum=20).parse(text) == number


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "required"),
        ("zwei", "digits-only"),
        ("-1", "digits-only"),
        ("1,5", "digits-only"),
        ("²", "digits-only"),
        ("٣", "digits-only"),
        ("0", "number-too-small"),
        ("21", "number-too-large"),
        ("9" * 5000, "number-too-large"),
    ],
)
def test_number_refuses(text: str, problem: str) -> None:
    assert code(Number(**BASE, minimum=1, maximum=20), text) == problem


def test_number_leaves_as_a_number() -> None:
    assert Number(**BASE).export("7") == 7


def test_chip_number_is_shown_in_groups() -> None:
    chip = ChipNumber(**BASE)

    assert chip.parse(" 276 0981 0234 5678 ") == "276098102345678"
    assert chip.format("276098102345678", GERMAN) == "276 0981 0234 5678"


def test_chip_number_says_how_many_digits_are_missing() -> None:
    assert ChipNumber(**BASE).parse("276") == Problem("length", {"expected": 15, "got": 3})
    assert code(ChipNumber(**BASE), "27609810234567a") == "digits-only"


def test_postcode_has_five_digits_and_exists() -> None:
    field = Postcode(**BASE)

    assert field.parse("0 30 46") == "03046"
    assert code(field, "3046") == "length"
    assert code(field, "00000") == "not-a-postcode"


@pytest.mark.parametrize(
    ("text", "plate"),
    [
        ("CB-AB 123", "CB-AB 123"),
        ("cb ab123", "CB-AB 123"),
        ("cb-ab-123e", "CB-AB 123E"),
        ("B-A 1H", "B-A 1H"),
        ("löb-x 9999", "LÖB-X 9999"),
    ],
)
def test_plate_takes_the_ways_people_write_it(text: str, plate: str) -> None:
    assert Plate(**BASE).parse(text) == plate


@pytest.mark.parametrize("text", ["CBAB123", "CB-AB 0123", "CB-ABC 1", "CB-AB 123X", "CBXY-A 1", "LÖB-XY 9999", "😀"])
def test_plate_refuses(text: str) -> None:
    assert code(Plate(**BASE), text) == "not-a-plate"


def test_iban_is_kept_without_blanks_and_shown_in_fours() -> None:
    field = Iban(**BASE)

    assert field.parse("de02 1203 0000 0000 2020 51") == "DE02120300000000202051"
    assert field.format("DE02120300000000202051", GERMAN) == "DE02 1203 0000 0000 2020 51"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("DE03 1203 0000 0000 2020 51", "iban-check-digit"),
        ("DE02 1203 0000 0000 2020 15", "iban-check-digit"),
        ("DE02 1203", "not-an-iban"),
        ("XX02 1203 0000 0000 2020 51", "iban-check-digit"),
        ("DE02 1203 0000 0000 2020 5", "not-an-iban"),
        ("1234567890", "not-an-iban"),
        ("DE02-1203", "not-an-iban"),
        ("", "required"),
    ],
)
def test_iban_refuses(text: str, problem: str) -> None:
    assert code(Iban(**BASE), text) == problem


@pytest.mark.parametrize("text", ["030 23125 001", "+49 30 23125002", "(030) 23125-001"])
def test_phone_takes(text: str) -> None:
    assert Phone(**BASE).parse(text) == text


@pytest.mark.parametrize("text", ["112", "+-/()", "anrufen", "0" * 21, "030 23125 001 bitte", "٠٣٠٢٣١٢٥"])
def test_phone_refuses(text: str) -> None:
    assert code(Phone(**BASE), text) == "not-a-phone"


def test_email_is_checked_by_shape_without_asking_anybody() -> None:
    field = Email(**BASE)

    assert field.parse(" name@Example.ORG ") == "name@example.org"
    assert field.keyboard == "email"


@pytest.mark.parametrize(
    "text", ["name", "name@", "@example.org", "a b@example.org", "näme@example.org", "a@b", "😀@example.org"]
)
def test_email_refuses(text: str) -> None:
    assert code(Email(**BASE), text) == "not-an-email"


def test_an_address_is_three_lines_to_keep_two_to_read_and_three_parts_to_send() -> None:
    field = Address(**BASE)
    kept = field.parse("Musterallee  17\n0 3046\n Cottbus/Chóśebuz")

    assert kept == "Musterallee 17\n03046\nCottbus/Chóśebuz"
    assert field.format(kept, GERMAN) == "Musterallee 17\n03046 Cottbus/Chóśebuz"
    assert field.export(kept) == {"street": "Musterallee 17", "postcode": "03046", "city": "Cottbus/Chóśebuz"}


def test_an_address_without_street_is_shown_in_one_line() -> None:
    assert Address(**BASE).format("\n03046\nCottbus", GERMAN) == "03046 Cottbus"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "required"),
        ("\n\n", "required"),
        ("Musterallee 17", "address-lines"),
        ("\n03046\nCottbus", "address-street"),
        ("Musterallee 17\n46\nCottbus", "address-postcode"),
        ("Musterallee 17\n03046\n", "address-city"),
        (f"{'M' * 56}\n03046\nCottbus", "too-long"),
        ("Straße 😀\n03046\nCottbus", "picture-character"),
    ],
)
def test_an_address_refuses(text: str, problem: str) -> None:
    assert code(Address(**BASE), text) == problem


def test_a_choice_is_one_of_its_options() -> None:
    assert CHOICE.parse("green") == "green"
    assert CHOICE.format("green", GERMAN) == "Grün"
    assert code(CHOICE, "") == "choose"
    assert code(CHOICE, "yellow") == "not-an-option"
    assert code(CHOICE, "red green") == "not-an-option"


def test_many_choices_are_kept_in_the_options_order() -> None:
    assert CHOICES.parse("blue red blue") == "red blue"
    assert CHOICES.format("red blue", GERMAN) == "Rot, Blau"
    assert CHOICES.export("red blue") == ["red", "blue"]
    assert code(CHOICES, "red yellow") == "not-an-option"


def test_yes_and_no_and_a_statement_to_confirm() -> None:
    assert YesNo(**BASE).parse("no") == "no"
    assert YesNo(**BASE).format("no", GERMAN) == "Nein"
    assert YesNo(**BASE).export("no") is False
    assert code(YesNo(**BASE), "perhaps") == "not-an-option"
    assert Confirm(**BASE).parse("yes") == "yes"
    assert code(Confirm(**BASE), "no") == "must-confirm"


def test_every_kind_has_the_keyboard_that_fits() -> None:
    assert [field(**BASE).keyboard for field in (Name, Date, Number, Email, YesNo)] == [
        "letters",
        "digits",
        "digits",
        "email",
        "none",
    ]
