"""What a dialogue with AusweisApp is about, how far it is, and what a step asks for: plain data for dialogue.py."""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.cards.ways.online import commands as say
from devices.cards.ways.online import messages as sdk
from kiosk.identity import ReadPhase
from kiosk.online import EnterCan, EnterPin, EnterPuk, OnlineAnswer, OnlineQuestion


@dataclass(frozen=True, slots=True)
class EnterNewPin:
    """Six digits that will be the PIN; asked only where a PIN is changed."""

    on_reader: bool = False


Digits = EnterPin | EnterCan | EnterPuk | EnterNewPin
Question = OnlineQuestion | EnterNewPin


@dataclass(frozen=True, slots=True)
class Authentication:
    """`rights` are AusweisApp's names of what the procedure needs (rights.py)."""

    tc_token_url: str = field(repr=False)
    rights: frozenset[str] = frozenset()
    developer_mode: bool = False


@dataclass(frozen=True, slots=True)
class PinChange:
    """Needs no eID server."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """How far it is. `asked` is what a person is waited for, `reader` the one on which a card lies.

    `card_wanted`: AusweisApp looks for a card from now on; `held` is what it waits for while the card is away; `typed`:
    digits are on their way to the card; `unlocked`: a new PIN was wanted, so the old one was right.
    """

    task: Authentication | PinChange
    spend_last_try: bool = False
    asked: Question | None = None
    held: Digits | None = None
    card_wanted: bool = False
    typed: bool = False
    unlocked: bool = False
    narrowed: bool = False
    rights: tuple[str, ...] = ()
    reader: sdk.Reader | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The dialogue after an event, and what is to be done, in this order."""

    state: Dialogue
    send: tuple[say.Command, ...] = ()
    ask: Question | None = None
    phase: ReadPhase | None = None
    done: bool = False


Event = sdk.Message | OnlineAnswer
