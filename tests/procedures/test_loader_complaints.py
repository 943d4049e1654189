"""A malformed procedure is refused with file, line and key; one test per complaint."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.errors import ProcedureError
from kiosk.procedures.loader import PROCEDURES, load_all, load_procedure
from kiosk.procedures.tables import key_lines

from .conftest import SMALL

Write = Callable[..., Path]
GROUP = '[[groups]]\nid = "dogs"\ntitle = "Hund {{number}}"\nmore_question = "Noch einer?"\nmaximum = 2\n'
FEE = '[fee]\nfield = "dog"\nas_of = "2026-01-01"\nsource = "Amt"\ncents = {{ yes = 1 }}'


def complaint(path: Path) -> str:
    with pytest.raises(ProcedureError) as caught:
        load_procedure(path)
    assert caught.value.code == "PROC-01"
    assert str(path) in caught.value.detail
    return caught.value.detail.replace(str(path), "FILE")


def test_the_small_procedure_itself_is_fine(small: Write) -> None:
    path = small()

    procedure = load_procedure(path)

    assert [page.id for page in procedure.pages] == ["first", "second"]
    assert procedure.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_no_such_file(tmp_path: Path) -> None:
    assert complaint(tmp_path / "none.toml") == "FILE: No such file or directory"


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(ProcedureError, match="no procedure there"):
        load_all(tmp_path)


def test_a_syntax_error(small: Write) -> None:
    assert "line 2" in complaint(small("\nid = \n"))


def test_bytes_that_are_no_text(small: Write) -> None:
    path = small()
    path.write_bytes(b'id = "a"\ntitle = "\xff"\n')

    assert complaint(path) == "FILE, line 2: not UTF-8"


def test_a_name_that_is_not_the_files(small: Write) -> None:
    assert complaint(small(SMALL.replace('id = "small"', 'id = "other"'))) == (
        "FILE, line 2: id must be 'small' like the file's name"
    )


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"extra": "colour = 1"}, "FILE, line 10: colour is unknown"),
        ({"extra": 'minutes = "five"'}, "FILE, line 10: minutes must be a whole number"),
        ({"extra": "minutes = true"}, "FILE, line 10: minutes must be a whole number"),
        ({"extra": "needed = [1]"}, "FILE, line 10: needed must be a list of texts"),
        ({"extra": "checks = [1]"}, "FILE, line 10: checks[0] must be a table"),
        ({"field": "maximum = 0"}, "FILE, line 21: pages[0].fields[0].maximum must be at least minimum"),
        ({"field": "maximum = 'x'"}, "FILE, line 21: pages[0].fields[0].maximum must be a whole number"),
        ({"field": "options = []"}, "FILE, line 21: pages[0].fields[0].options is unknown"),
        ({"field": "prefill = 'height'"}, "FILE, line 21: pages[0].fields[0].prefill must be one of"),
        ({"field": "prefill = 'address'"}, "FILE, line 21: pages[0].fields[0].prefill 'address' and the kind"),
        ({"field": 'show_if = {{ field = "dog", equals = "yes" }}'}, "pages[0].fields[0].show_if names no field of an"),
        ({"page": 'show_if = {{ field = "name", equals = "x" }}'}, "pages[1].show_if compares 'name' with something"),
        ({"page": 'show_if = {{ field = "name" }}'}, "line 27: pages[1].show_if.equals or 'in' must be there"),
        ({"page": 'show_if = {{ field = "name", equals = "", in = [] }}'}, "pages[1].show_if.equals or 'in' must"),
        ({"page": 'show_if = {{ equals = "" }}'}, "line 27: pages[1].show_if.field is missing"),
        ({"page": 'show_if = {{ field = "name", is = "" }}'}, "pages[1].show_if"),
        ({"page": 'show_if = "always"'}, "line 27: pages[1].show_if must be a list"),
        ({"page": 'group = "dogs"'}, "FILE, line 27: pages[1].group names no group: 'dogs'"),
        ({"page": "stop = true"}, "pages[1].fields must be there, unless stop = true: then not"),
        ({"page": 'why = {{ text = "Darum", law = "§ 1" }}'}, "line 27: pages[1].why.law needs as_of and source"),
        ({"page": 'why = {{ text = "Darum", as_of = "heute" }}'}, "pages[1].why.as_of must be a day"),
        ({"page": 'notices = [{{ text = "!", tone = "loud" }}]'}, "line 27: pages[1].notices[0].tone must be one of"),
        ({"second_field": 'id = "dog"'}, "Cannot overwrite a value (at line 33"),
        ({"fields": '"name"'}, "never_sent must name 'dog', or a destination must"),
        ({"fields": '"name", "dog", "cat"'}, "FILE, line 39: destinations[0].fields names no field: 'cat'"),
        ({"fields": '"name", "dog", "dog"'}, "destinations[0].fields names a field twice"),
        ({"extra": 'never_sent = ["dog"]'}, "FILE, line 10: never_sent names no field, or one that is sent: 'dog'"),
        ({"tail": '[[checks]]\nkind = "magic"\nfield = "dog"'}, "FILE, line 41: checks[0].kind must be one of differs"),
        (
            {"tail": '[[checks]]\nkind = "one_per"\nfield = "cat"'},
            "FILE, line 42: checks[0].field names no field: 'cat'",
        ),
        ({"tail": '[[checks]]\nkind = "differs"\nfield = "dog"'}, "checks[0].other must be there for this kind"),
        ({"tail": '[[checks]]\nkind = "one_per"\nfield = "dog"\ndays = 3'}, "checks[0].days must not be there"),
        ({"tail": '[[checks]]\nkind = "not_in_past"\nfield = "dog"'}, "checks[0].field must name a date"),
        (
            {"tail": '[[checks]]\nkind = "required_unless"\nfield = "name"\nother = "dog"\ndays = 3'},
            "checks[0].other must name a date",
        ),
        (
            {"tail": '[[checks]]\nkind = "one_per"\nfield = "dog"\nseverity = "warning"'},
            "checks[0].text is missing: a warning needs its own",
        ),
        ({"tail": '[fee]\nfield = "dog"\nas_of = "2026-01-01"\nsource = "Amt"'}, "fee.cents is missing"),
        (
            {"tail": '[fee]\nfield = "dog"\ncents = {{ maybe = 1 }}\nas_of = "2026-01-01"\nsource = "Amt"'},
            "line 42: fee.cents must name options of that field",
        ),
        (
            {"tail": '[fee]\nfield = "cat"\ncents = {{ yes = 1 }}\nas_of = "2026-01-01"\nsource = "Amt"'},
            "FILE, line 41: fee.field names no field: 'cat'",
        ),
        ({"tail": '[[groups]]\nid = "dogs"\ntitle = "Hund"\nmore_question = "?"\nmaximum = 2'}, "groups[0].title must"),
        ({"tail": GROUP.replace("2", "99")}, "groups[0].maximum must be from minimum (at least 1) to 20"),
        ({"tail": GROUP}, "FILE, line 41: groups[0].id has no page"),
        ({"extra": "minutes = 0"}, "FILE, line 10: minutes must be from 1 to 120"),
        ({"extra": 'needed = ["A", " "]'}, "FILE, line 10: needed must not be empty"),
        ({"extra": 'leika_key = "99102013104000"'}, "FILE, line 10: leika_key must be what service_id ends with"),
        ({"field": 'hint = "a\\u0007"'}, "FILE, line 21: pages[0].fields[0].hint holds a control character"),
        ({"tail": '[[checks]]\nkind = "one_per"\nfield = ""'}, "line 42: checks[0].field names no field: ''"),
        (
            {"tail": '[[checks]]\nkind = "required_unless"\nfield = "dog"\nother = ""\ndays = 3'},
            "line 43: checks[0].other names no field: ''",
        ),
        (
            {"tail": f'[[checks]]\nkind = "within_days"\nfield = "dog"\ndays = {10**21}'},
            "line 43: checks[0].days must be from 0 to 36500",
        ),
        ({"tail": FEE.replace("2026-01-01", "")}, 'line 42: fee.as_of must be a day like "2026-11-22"'),
        ({"tail": FEE.replace("= 1", "= -1")}, "fee.cents.yes must be from 0 to"),
    ],
)
def test_a_complaint_names_file_line_and_key(small: Write, parts: dict[str, str], told: str) -> None:
    text = SMALL
    for key, value in parts.items():
        text = text.replace(f"{{{key}}}", value)

    assert told in complaint(small(text))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "name"', 'kind = "colour"', "pages[0].fields[0].kind must be one of address, chip_number"),
        ('kind = "name"\n', "", "FILE, line 17: pages[0].fields[0].kind is missing"),
        ('id = "dog"', 'id = "name"', "FILE, line 31: pages[1].fields[0].id 'name' stands there twice"),
        ('id = "second"', 'id = "first"', "FILE, line 24: pages[1].id 'first' stands there twice"),
        ('id = "second"', 'id = "more"', "pages[1].id 'more' is the program's own page"),
        ('id = "dog"', 'id = "more"', "pages[1].fields[0].id 'more' is the program's own field"),
        ('id = "dog"', 'id = "Dog!"', "pages[1].fields[0].id must be lower-case letters"),
        ('kind = "yes_no"', 'kind = "choice"', "pages[1].fields[0].options must be at least two"),
        ("[[destinations]]", "[[places]]", "FILE, line 35: places is unknown"),
        ('title = "Klein"', 'title = " "', "title must not be empty"),
        ('section = "Sie"', 'section = ""', "pages[0].section must not be empty"),
    ],
)
def test_a_complaint_about_what_stands_elsewhere(small: Write, old: str, new: str, told: str) -> None:
    assert told in complaint(small(SMALL.replace(old, new)))


def test_no_destination_at_all(small: Write) -> None:
    assert "destinations must be there" in complaint(small(SMALL.partition("[[destinations]]")[0]))


def test_two_options_of_one_name(small: Write) -> None:
    text = SMALL.replace('kind = "yes_no"', 'kind = "choice"')
    options = '[{{ id = "a", label = "A" }}, {{ id = "a", label = "B" }}]'

    assert "pages[1].fields[0].options[1].id 'a' stands there twice" in complaint(
        small(text.replace("{second_field}", f"options = {options}"))
    )


def test_a_group_torn_apart(small: Write) -> None:
    text = SMALL.replace("{tail}", GROUP).replace('section = "Sie"', 'section = "Sie"\ngroup = "dogs"', 1)
    last = '[[pages]]\nid = "third"\ntitle = "?"\nsection = "Sie"\ngroup = "dogs"\n[[pages.fields]]\nkind = "yes_no"\n'
    text = text.replace("[[destinations]]", f'{last}id = "cat"\nlabel = "?"\n[[destinations]]')

    assert "pages[2].group 'dogs' is interrupted by other pages" in complaint(small(text, fields='"dogs.*.name"'))


def test_prefill_inside_a_group(small: Write) -> None:
    text = SMALL.replace("{tail}", GROUP).replace('section = "Sie"', 'section = "Sie"\ngroup = "dogs"', 1)

    assert "needs card = true and a page outside groups" in complaint(small(text, field='prefill = "given_names"'))


def test_a_condition_on_a_field_inside_a_group_from_outside(small: Write) -> None:
    text = SMALL.replace("{tail}", GROUP).replace('section = "Sie"', 'section = "Sie"\ngroup = "dogs"', 1)
    text = text.replace("{page}", 'show_if = {{ field = "name", equals = "" }}')

    assert "pages[1].show_if names no field of an earlier page: 'name'" in complaint(small(text))


def test_lines_are_found_behind_multi_line_texts() -> None:
    text = 'a = 1\nb = """\n[[c]]\nd = 2\n"""\n[[e]]\n[[e.f]]\n[[e]]\n[[e.f]]\ng = 3\n[e.f.h]\ni = 4\n'

    assert key_lines(text) == {
        "a": 1,
        "b": 2,
        "e[0]": 6,
        "e[0].f[0]": 7,
        "e[1]": 8,
        "e[1].f[0]": 9,
        "e[1].f[0].g": 10,
        "e[1].f[0].h": 11,
        "e[1].f[0].h.i": 12,
    }


@pytest.mark.parametrize("path", sorted(PROCEDURES.glob("*.toml")), ids=lambda path: path.stem)
def test_a_damaged_file_is_refused_in_the_loaders_own_words(path: Path, tmp_path: Path) -> None:
    chance = random.Random(path.stem)  # noqa: S311  # repeatable damage, not a secret
    lines = path.read_text(encoding="utf-8").splitlines()
    copy = tmp_path / path.name
    refusals = []
    for _ in range(60):
        damaged = list(lines)
        spot = chance.randrange(len(damaged))
        damaged[spot] = chance.choice(["", "x = 1", damaged[spot][::-1], chance.choice(lines), "[[pages]]", "id = 3"])
        copy.write_text("\n".join(damaged), encoding="utf-8")
        refusals.append(refusal(copy))

    assert len(list(filter(None, refusals))) > 20
    assert all(told.startswith(str(copy)) for told in refusals if told)


def refusal(path: Path) -> str:
    """What the loader complains about, "" if the damage did no harm."""
    try:
        load_procedure(path)
    except ProcedureError as error:
        return error.detail
    return ""
