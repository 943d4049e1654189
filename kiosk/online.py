"""What the online way asks the citizen while it goes on, as data: a closed union, every member frozen.

The way itself (§ 18 PAuswG: AusweisApp and an eID server) is a device's business; here stands only what is
shown and what is answered. A PIN lives in one event and one effect, as `Secret`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from kiosk.identity import Secret


@dataclass(frozen=True, slots=True)
class ShowCertificate:
    """Who wants which data, and why, as the provider's certificate says; the answer is "agreed" (None).

    `rights` are AusweisApp's names of what will be read ("GivenNames").
    """

    subject: str
    issuer: str
    purpose: str
    valid_until: date | None
    rights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InsertCard:
    """Lay the card on the reader; nothing to answer."""


@dataclass(frozen=True, slots=True)
class EnterPin:
    """Six digits, or on the reader's own keypad (`on_reader`: the answer is None)."""

    tries_left: int | None = None
    on_reader: bool = False


@dataclass(frozen=True, slots=True)
class EnterCan:
    """Six digits from the card's front, after two wrong PINs."""

    on_reader: bool = False


@dataclass(frozen=True, slots=True)
class EnterPuk:
    """Ten digits from the PIN letter, after three wrong PINs."""

    on_reader: bool = False


@dataclass(frozen=True, slots=True)
class RemoveCard:
    """The card is no longer needed; nothing to answer."""


OnlineQuestion = ShowCertificate | InsertCard | EnterPin | EnterCan | EnterPuk | RemoveCard


@dataclass(frozen=True, slots=True)
class OnlineAnswer:
    """The answer to the question shown last: agreed, or typed on the reader (None), or digits."""

    digits: Secret | None = field(default=None, repr=False)
