"""The field kinds: one small class each, with `parse`, `format` and `export`, and nothing else.

Rules
  1. `parse` never raises: it returns the canonical value or a Problem.
  2. What `parse` returned, `parse` returns again unchanged.
  3. No kind knows a clock or another answer: rules between answers are checks (checks.py).

`KINDS` is the closed set a procedure file may name.
"""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.procedures.fields.choices import Choice, Choices, Confirm, Option, YesNo
from kiosk.procedures.fields.contact import Address, Email, Phone
from kiosk.procedures.fields.dates import Date
from kiosk.procedures.fields.numbers import ChipNumber, Iban, Number, Plate, Postcode
from kiosk.procedures.fields.text import LongText, Name, Text
from kiosk.procedures.model import Field

KINDS: Mapping[str, type[Field]] = {
    "address": Address,
    "chip_number": ChipNumber,
    "choice": Choice,
    "choices": Choices,
    "confirm": Confirm,
    "date": Date,
    "email": Email,
    "iban": Iban,
    "long_text": LongText,
    "name": Name,
    "number": Number,
    "phone": Phone,
    "plate": Plate,
    "postcode": Postcode,
    "text": Text,
    "yes_no": YesNo,
}

__all__ = [
    "KINDS",
    "Address",
    "ChipNumber",
    "Choice",
    "Choices",
    "Confirm",
    "Date",
    "Email",
    "Iban",
    "LongText",
    "Name",
    "Number",
    "Option",
    "Phone",
    "Plate",
    "Postcode",
    "Text",
    "YesNo",
]
