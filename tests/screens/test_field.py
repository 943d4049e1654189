"""The text field: what is typed, where lines break, what is refused as it is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.widgets.field import TextField, printable, wrap


def lines(text, width):
    return [text[start:end] for start, end in wrap(text, width, len)]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 10, [""]),
        ("Mila", 10, ["Mila"]),
        ("ein zwei drei", 8, ["ein zwei ", "drei"]),
        ("abcdefghijkl", 5, ["abcde", "fghij", "kl"]),
        ("eins\nzwei", 10, ["eins", "zwei"]),
        ("eins\n", 10, ["eins", ""]),
    ],
)
def test_lines_break_at_blanks_or_inside_long_words(text, width, expected):
    assert lines(text, width) == expected


@given(st.text(alphabet="ab c", max_size=120), st.integers(min_value=1, max_value=30))
def test_no_character_is_lost_and_no_line_is_too_long(text, width):
    broken = lines(text, width)

    assert "".join(broken) == text
    assert all(len(line.rstrip(" ")) <= width for line in broken), "a blank may hang over the end"


def test_control_and_direction_characters_are_left_out():
    assert printable("a\x00b\u202ec\u200bd\te") == "abcde"
    assert printable("Łužica ẞ €") == "Łužica ẞ €"


def test_typing_deleting_and_walking():
    field = TextField(text="Mla")
    field.cursor = 1
    field.insert("i")
    assert field.text == "Mila"

    field.arrow("right")
    field.backspace()

    assert field.text == "Mia"
    assert field.cursor == 2


def test_a_limit_is_kept_while_typing():
    field = TextField(limit=5)
    field.insert("030461234")

    assert field.text == "03046"


def test_an_emoji_or_arabic_letter_is_kept_for_the_procedure_to_judge():
    field = TextField()
    field.insert("Hund 🐕 كلب")

    assert field.text == "Hund 🐕 كلب"
    assert field.spoken_value() == field.text


def test_a_masked_field_speaks_dots():
    field = TextField(masked=True, text="123456")

    assert field.spoken_value() == "••••••"
    assert "123456" not in repr(field.node())
