"""What a receipt is made of, before anybody thinks of a printer.

A driver draws blocks from top to bottom. Texts are final, in whatever language; nothing is cut silently.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value, on one line where they fit."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code to read and type: large, spaced."""

    text: str


@dataclass(frozen=True, slots=True)
class QrCode:
    data: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line."""


Block = Heading | Paragraph | Pair | Code | QrCode | Rule
