"""Whether every name in a procedure names something: conditions, checks, destinations, prefill, fee.

Rules
  1. A condition looks back: its field stands on an earlier page, outside groups or in the same one.
  2. A condition compares with something that field can be: an option, "yes" or "no", or "" where it may be empty.
  3. Every field reaches a destination or is named as `never_sent`; never both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kiosk.procedures.checks import RULES
from kiosk.procedures.fields import Address, Choice, Choices, Confirm, Date, YesNo
from kiosk.procedures.journey import MORE
from kiosk.procedures.model import Condition, Field, Page, Procedure
from kiosk.procedures.prefill import ADDRESS, ATTRIBUTES
from kiosk.procedures.tables import Table


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file a condition stands, in which group, and which fields were asked by then (with their group)."""

    root: Table
    where: str
    group: str
    known: Mapping[str, tuple[str, Field]]


def verify(procedure: Procedure, root: Table) -> None:
    """Raises ProcedureError for the first name that names nothing."""
    if not procedure.pages or not procedure.destinations:
        raise root.refuse("pages" if not procedure.pages else "destinations", "must be there")
    fields = _fields(procedure, root)
    _groups(procedure, root)
    _pages(procedure, root)
    _checks(procedure, root, fields)
    _destinations(procedure, root, fields)
    _fee(procedure, root, fields)


def pattern(page: Page, field: Field) -> str:
    """How destinations and checks name a field: "field" or "group.*.field"."""
    return f"{page.group}.*.{field.id}" if page.group else field.id


def _own(procedure: Procedure) -> Iterator[tuple[int, Page]]:
    """The file's own pages with their index there (the program adds the question "another one?")."""
    return enumerate(page for page in procedure.pages if page.id != MORE)


def _fields(procedure: Procedure, root: Table) -> Mapping[str, Field]:
    """Every field by pattern; a field id is used once in the whole file."""
    found: dict[str, Field] = {}
    ids: set[str] = set()
    for index, page in _own(procedure):
        for number, field in enumerate(page.fields):
            where = f"pages[{index}].fields[{number}]"
            if field.id in ids:
                raise root.refuse(f"{where}.id", f"{field.id!r} stands there twice")
            ids.add(field.id)
            found[pattern(page, field)] = field
            if wrong := _wrong_prefill(page, field, procedure.card):
                raise root.refuse(f"{where}.prefill", wrong)
    return found


def _wrong_prefill(page: Page, field: Field, card: bool) -> str:
    """What is wrong with what a field wants from the card, "" if nothing is."""
    if not field.prefill:
        return ""
    if field.prefill not in ATTRIBUTES | {ADDRESS}:
        return f"must be one of {', '.join(sorted(ATTRIBUTES | {ADDRESS}))}"
    if (field.prefill == ADDRESS) != isinstance(field, Address):
        return f"{ADDRESS!r} and the kind 'address' belong together"
    return "needs card = true and a page outside groups" if page.group or not card else ""


def _groups(procedure: Procedure, root: Table) -> None:
    """A page's group exists, and all pages of a group stand together."""
    closed: set[str] = set()
    before = ""
    for index, page in _own(procedure):
        if page.group and page.group not in procedure.groups:
            raise root.refuse(f"pages[{index}].group", f"names no group: {page.group!r}")
        if page.group in closed:
            raise root.refuse(f"pages[{index}].group", f"{page.group!r} is interrupted by other pages")
        if before and before != page.group:
            closed.add(before)
        before = page.group
    for number, name in enumerate(procedure.groups):
        if all(page.group != name for page in procedure.pages):
            raise root.refuse(f"groups[{number}].id", "has no page")


def _pages(procedure: Procedure, root: Table) -> None:
    """Conditions of pages, fields and boxes; only boxes may look at fields of their own page."""
    known: dict[str, tuple[str, Field]] = {}
    for index, page in _own(procedure):
        where = f"pages[{index}]"
        _conditions(page.show_if, Place(root, where, page.group, known))
        for number, field in enumerate(page.fields):
            _conditions(field.show_if, Place(root, f"{where}.fields[{number}]", page.group, known))
        known.update({field.id: (page.group, field) for field in page.fields})
        for number, notice in enumerate(page.notices):
            _conditions(notice.show_if, Place(root, f"{where}.notices[{number}]", page.group, known))


def _conditions(conditions: tuple[Condition, ...], place: Place) -> None:
    key = f"{place.where}.show_if"
    for condition in conditions:
        owner, field = place.known.get(condition.field, ("", None))
        if field is None or owner not in ("", place.group):
            raise place.root.refuse(key, f"names no field of an earlier page: {condition.field!r}")
        if not condition.values or not condition.values <= _values(field):
            raise place.root.refuse(key, f"compares {condition.field!r} with something it can never be")


def _values(field: Field) -> frozenset[str]:
    """Everything a condition may compare a field with."""
    empty = frozenset() if field.required else frozenset({""})
    match field:
        case Choice() | Choices():
            return empty | {option.id for option in field.options}
        case YesNo():
            return empty | {"yes", "no"}
        case Confirm():
            return empty | {"yes"}
        case _:
            return empty


def _checks(procedure: Procedure, root: Table, fields: Mapping[str, Field]) -> None:
    known = {field.id: (page.group, field) for page in procedure.pages for field in page.fields}
    for number, check in enumerate(procedure.checks):
        where = f"checks[{number}]"
        group = check.field.partition(".*.")[0] if ".*." in check.field else ""
        named = [("field", check.field)] + [("other", check.other)] * ("other" in RULES[check.kind].needs)
        for key, name in named:
            if name not in fields:
                raise root.refuse(f"{where}.{key}", f"names no field: {name!r}")
            if RULES[check.kind].on_dates and not isinstance(fields[name], Date):
                raise root.refuse(f"{where}.{key}", "must name a date")
        if check.kind == "required_unless" and not isinstance(fields[check.other], Date):
            raise root.refuse(f"{where}.other", "must name a date")
        if ".*." in check.other and not check.other.startswith(f"{group}.*."):
            raise root.refuse(f"{where}.other", "must stand in the same group or in none")
        _conditions(check.show_if, Place(root, where, group, known))


def _destinations(procedure: Procedure, root: Table, fields: Mapping[str, Field]) -> None:
    sent: set[str] = set()
    for number, destination in enumerate(procedure.destinations):
        where = f"destinations[{number}].fields"
        for name in destination.fields:
            if name not in fields:
                raise root.refuse(where, f"names no field: {name!r}")
        if len(set(destination.fields)) != len(destination.fields):
            raise root.refuse(where, "names a field twice")
        sent.update(destination.fields)
    for name in procedure.never_sent:
        if name not in fields or name in sent:
            raise root.refuse("never_sent", f"names no field, or one that is sent: {name!r}")
    for name in fields:
        if name not in sent and name not in procedure.never_sent:
            raise root.refuse("never_sent", f"must name {name!r}, or a destination must")


def _fee(procedure: Procedure, root: Table, fields: Mapping[str, Field]) -> None:
    if procedure.fee is None:
        return
    field = fields.get(procedure.fee.field)
    if field is None:
        raise root.refuse("fee.field", f"names no field: {procedure.fee.field!r}")
    if not procedure.fee.cents or not set(procedure.fee.cents) <= _values(field):
        raise root.refuse("fee.cents", "must name options of that field")
