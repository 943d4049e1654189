"""What the identity card answers: from attributes to answers, and which attributes a procedure wants at all.

Rules
  1. A value from the card stands as the card gave it, even where typing would be limited (long names);
     only text that is not plain Latin is left out, and then the citizen is asked.
  2. Data minimisation: an attribute no field names is never read.
  3. An attribute the card leaves empty answers an optional field ("no doctoral degree"), never a required one.

Names of attributes are those of `Attribute` in kiosk/identity.py (a test keeps both lists equal).
"""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.procedures.fields import Address, letters
from kiosk.procedures.model import Answer, Answers, Field, Problem, Procedure, Source

ADDRESS = "address"
ADDRESS_PARTS = ("street", "postcode", "city")
ATTRIBUTES = frozenset(
    {
        "family_names",
        "given_names",
        "birth_name",
        "doctoral_degree",
        "date_of_birth",
        "place_of_birth",
        "nationality",
        *ADDRESS_PARTS,
    }
)


def prefill(procedure: Procedure, attributes: Mapping[str, str]) -> Answers:
    """The answers a card gives to this procedure's fields."""
    answers: dict[str, Answer] = {}
    for field in _prefilled(procedure):
        value = _value(field, attributes)
        if value is not None and (value or not field.required):
            answers[field.id] = Answer(value, Source.CARD)
    return answers


def wanted_attributes(procedure: Procedure) -> frozenset[str]:
    """The attributes this procedure may ask a card for."""
    names: set[str] = set()
    for field in _prefilled(procedure):
        names.update(ADDRESS_PARTS if field.prefill == ADDRESS else (field.prefill,))
    return frozenset(names)


def _prefilled(procedure: Procedure) -> list[Field]:
    return [field for page in procedure.pages for field in page.fields if field.prefill and procedure.card]


def _value(field: Field, attributes: Mapping[str, str]) -> str | None:
    """The canonical value, "" for an attribute the card has empty, None where it must be asked."""
    if isinstance(field, Address):
        return _address(attributes)
    text = attributes.get(field.prefill)
    if text is None or not text.strip():
        return None if text is None else ""
    value = field.parse(text)
    if isinstance(value, Problem):
        line = letters.fold_line(text)
        return line if value.code in ("too-long", "too-short") and isinstance(line, str) else None
    return value


def _address(attributes: Mapping[str, str]) -> str | None:
    """Three lines; the street may be empty (TR-03110-4: a place may have no street names)."""
    lines = [letters.fold_line(attributes.get(part, "")) for part in ADDRESS_PARTS]
    street, postcode, city = (line if isinstance(line, str) else None for line in lines)
    if street is None or not postcode or not city:
        return None
    return f"{street}\n{postcode}\n{city}"
