"""From a procedure file to a Procedure, or to a complaint that names file, line and key.

Rules
  1. Unknown keys, wrong kinds of value and duplicates are refused; nothing is guessed.
  2. Every name used (in conditions, checks, destinations, prefill) must exist (references.py).
  3. A released file is never edited: its digest travels with every application.

Whether a procedure can be completed and has all its texts is `kiosk check`'s business (check.py).
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import typing
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

from kiosk.errors import ProcedureError
from kiosk.procedures import references, tables
from kiosk.procedures.checks import RULES
from kiosk.procedures.fields import KINDS, Option, YesNo
from kiosk.procedures.journey import MORE
from kiosk.procedures.model import (
    Check,
    Condition,
    Destination,
    Fee,
    Field,
    Group,
    Notice,
    Page,
    Procedure,
    Why,
)
from kiosk.procedures.tables import Table

PROCEDURES = Path(__file__).resolve().parents[2] / "assets" / "procedures"
MOST_ROUNDS = 20
MOST_DAYS = range(36_501)
CENTS = range(10_000_001)
LEIKA = "urn:de:fim:leika:leistung:"
_ID = re.compile(r"[a-z][a-z0-9_-]*")
_COMMON = frozenset(item.name for item in dataclasses.fields(Field))


def load_procedure(path: Path) -> Procedure:
    """Raises ProcedureError (PROC-01) naming file, line and key path."""
    root, raw = tables.read(path)
    procedure = _procedure(root, hashlib.sha256(raw).hexdigest())
    if procedure.id != path.stem:
        raise root.refuse("id", f"must be {path.stem!r} like the file's name")
    references.verify(procedure, root)
    return procedure


def load_all(folder: Path = PROCEDURES) -> dict[str, Procedure]:
    """Every procedure of a folder by id, in the order of file names. Raises ProcedureError."""
    loaded = [load_procedure(path) for path in sorted(folder.glob("*.toml"))]
    if not loaded:
        raise ProcedureError("PROC-01", f"{folder}: no procedure there")
    return {procedure.id: procedure for procedure in loaded}


def _procedure(root: Table, digest: str) -> Procedure:
    groups = {group.id: group for group in _each(root, "groups", _group)}
    procedure = Procedure(
        id=_id(root, "id"),
        version=root.text("version"),
        digest=digest,
        title=root.text("title"),
        title_dsb=root.text("title_dsb", ""),
        summary=root.text("summary"),
        icon=root.text("icon"),
        service_id=root.text("service_id"),
        leika_key=root.text("leika_key", ""),
        card=root.take("card", bool),
        notice=root.text("notice").strip(),
        minutes=root.number("minutes", range(1, 121), 5),
        needed=root.texts("needed"),
        groups=groups,
        pages=_with_more(_each(root, "pages", _page), groups),
        destinations=_each(root, "destinations", _destination),
        checks=_each(root, "checks", _check),
        fee=_fee(root.table("fee")),
        never_sent=root.texts("never_sent"),
    )
    root.done()
    if procedure.leika_key and procedure.service_id != LEIKA + procedure.leika_key:
        raise root.refuse("leika_key", "must be what service_id ends with")
    return procedure


def _each(parent: Table, key: str, build: Callable[[Table], Any]) -> tuple[Any, ...]:
    """Build every table of a list; two with the same id are refused."""
    built = []
    seen: set[str] = set()
    for table in parent.tables(key):
        item = build(table)
        table.done()
        name = getattr(item, "id", None)
        if name in seen:
            raise table.refuse("id", f"{name!r} stands there twice")
        if name:
            seen.add(name)
        built.append(item)
    return tuple(built)


def _id(table: Table, key: str) -> str:
    value = table.take(key, str)
    if not _ID.fullmatch(value):
        raise table.refuse(key, "must be lower-case letters, digits, '-' and '_', a letter first")
    return value


def _group(table: Table) -> Group:
    group = Group(
        id=_id(table, "id"),
        title=table.text("title"),
        more_question=table.text("more_question"),
        minimum=table.take("minimum", int, 1),
        maximum=table.take("maximum", int),
    )
    if not 1 <= group.minimum <= group.maximum <= MOST_ROUNDS:
        raise table.refuse("maximum", f"must be from minimum (at least 1) to {MOST_ROUNDS}")
    if not {"{", "}"}.isdisjoint(group.title.replace("{number}", "", 1)) or "{number}" not in group.title:
        raise table.refuse("title", "must hold {number} once, and no other braces")
    return group


def _page(table: Table) -> Page:
    page = Page(
        id=_id(table, "id"),
        title=table.text("title"),
        section=table.text("section"),
        fields=_each(table, "fields", _field),
        intro=table.text("intro", ""),
        why=_why(table.table("why")),
        notices=_each(table, "notices", _notice),
        group=table.take("group", str, ""),
        show_if=_conditions(table),
        stop=table.take("stop", bool, False),
    )
    if page.id == MORE:
        raise table.refuse("id", f"{MORE!r} is the program's own page")
    if page.stop == bool(page.fields):
        raise table.refuse("fields", "must be there, unless stop = true: then not")
    return page


def _with_more(pages: tuple[Page, ...], groups: dict[str, Group]) -> tuple[Page, ...]:
    """The pages with the question "another one?" behind the last page of every group."""
    result: list[Page] = []
    for number, page in enumerate(pages):
        result.append(page)
        following = pages[number + 1].group if number + 1 < len(pages) else ""
        if page.group in groups and page.group != following:
            question = groups[page.group].more_question
            ask = YesNo(id=MORE, label=question)
            result.append(Page(id=MORE, title=question, section=page.section, fields=(ask,), group=page.group))
    return tuple(result)


def _field(table: Table) -> Field:
    kind = KINDS.get(table.take("kind", str))
    if kind is None:
        raise table.refuse("kind", f"must be one of {', '.join(KINDS)}")
    own = [item for item in dataclasses.fields(kind) if item.name not in _COMMON]
    built = kind(
        id=_id(table, "id"),
        label=table.text("label"),
        hint=table.text("hint", ""),
        example=table.text("example", ""),
        required=table.take("required", bool, True),
        prefill=table.take("prefill", str, ""),
        show_if=_conditions(table),
        **{item.name: _limit(table, kind, item) for item in own},
    )
    if built.id == MORE:
        raise table.refuse("id", f"{MORE!r} is the program's own field")
    if not 0 <= getattr(built, "minimum", 0) <= getattr(built, "maximum", 0):
        raise table.refuse("maximum", "must be at least minimum, and both at least 0")
    return built


def _limit(table: Table, kind: type[Field], item: dataclasses.Field[Any]) -> object:
    """One setting that only this kind has: a number, one of a few words, or the options."""
    if item.name == "options":
        return _options(table)
    hint = typing.get_type_hints(kind)[item.name]
    if typing.get_origin(hint) is Literal:
        return _one_of(table, item.name, typing.get_args(hint), item.default)
    return table.take(item.name, cast("type[Any]", hint), item.default)


def _options(table: Table) -> tuple[Option, ...]:
    options = _each(table, "options", _option)
    if len(options) < 2:
        raise table.refuse("options", "must be at least two")
    return options


def _option(table: Table) -> Option:
    return Option(id=_id(table, "id"), label=table.text("label"), hint=table.text("hint", ""))


def _conditions(table: Table) -> tuple[Condition, ...]:
    """`show_if` is one condition or a list of them; all must hold."""
    if "show_if" not in table.data:
        return ()
    single = isinstance(table.data["show_if"], dict)
    one = table.table("show_if") if single else None
    return tuple(_condition(entry) for entry in ([one] if one else table.tables("show_if")))


def _condition(table: Table) -> Condition:
    field = table.take("field", str)
    if ("equals" in table.data) == ("in" in table.data):
        raise table.refuse("equals", "or 'in' must be there, and only one of them")
    values = table.texts("in", empty=True) if "in" in table.data else (table.take("equals", str),)
    table.done()
    return Condition(field, frozenset(values))


def _notice(table: Table) -> Notice:
    tone = _one_of(table, "tone", ("info", "warning", "danger"), "info")
    return Notice(text=table.text("text"), tone=tone, show_if=_conditions(table))


def _why(table: Table | None) -> Why | None:
    if table is None:
        return None
    why = Why(
        text=table.text("text"),
        law=table.text("law", ""),
        as_of=_day(table, "as_of", ""),
        source=table.text("source", ""),
    )
    if why.law and not (why.as_of and why.source):
        raise table.refuse("law", "needs as_of and source")
    table.done()
    return why


def _check(table: Table) -> Check:
    check = Check(
        kind=_one_of(table, "kind", tuple(RULES), tables.REQUIRED),
        field=table.take("field", str),
        other=table.take("other", str, ""),
        days=table.number("days", MOST_DAYS, 0),
        severity=_one_of(table, "severity", ("error", "warning"), "error"),
        text=table.text("text", ""),
        show_if=_conditions(table),
    )
    if check.severity == "warning" and not check.text:
        raise table.refuse("text", "is missing: a warning needs its own")
    for key in ("other", "days"):
        if (key in RULES[check.kind].needs) != (key in table.data):
            raise table.refuse(key, f"must {'' if key in RULES[check.kind].needs else 'not '}be there for this kind")
    return check


def _destination(table: Table) -> Destination:
    return Destination(
        id=_id(table, "id"),
        department=table.text("department"),
        purpose=table.text("purpose"),
        fields=table.texts("fields"),
        next_steps=table.text("next_steps", ""),
    )


def _fee(table: Table | None) -> Fee | None:
    if table is None:
        return None
    cents = table.table("cents")
    if cents is None:
        raise table.refuse("cents", "is missing")
    fee = Fee(
        field=table.take("field", str),
        cents={key: cents.number(key, CENTS) for key in cents.data},
        as_of=_day(table, "as_of", tables.REQUIRED),
        source=table.text("source"),
    )
    table.done()
    return fee


def _one_of(table: Table, key: str, allowed: tuple[str, ...], default: Any) -> Any:
    value = table.take(key, str, default)
    if value not in allowed:
        raise table.refuse(key, f"must be one of {', '.join(allowed)}")
    return value


def _day(table: Table, key: str, default: Any) -> str:
    """A day as ISO text, so that every language can write it its own way."""
    value: str = table.take(key, str, default)
    if value == default:
        return value
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise table.refuse(key, 'must be a day like "2026-11-22"') from error
