"""What AusweisApp says to its client: every message of its SDK at API level 2, as frozen dataclasses.

A message of another name is `Unknown`. What may name a person or a session (transaction information, addresses) is
in no repr. Names are those of the SDK (AusweisApp SDK, "Messages"); level 3 adds PAUSE and unknown cards, which are not
asked for. A frame becomes a message in parsing.py; what is said to AusweisApp stands in commands.py, what a message
means in dialogue.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Card:
    """The German card in a reader. `tries_left` for the PIN is None while it is not known."""

    inoperative: bool = False
    deactivated: bool = False
    tries_left: int | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader came, went, or has another card. `insertable`: it is AusweisApp's own Simulator."""

    name: str
    attached: bool = True
    insertable: bool = False
    keypad: bool = False
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class ReaderList:
    readers: tuple[Reader, ...]


@dataclass(frozen=True, slots=True)
class Info:
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class ApiLevel:
    current: int
    available: tuple[int, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """How far a workflow is, in percent; nothing of it is set while there is none."""

    workflow: str | None = None
    progress: int | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How an authentication ended: URIs of TR-03112-1 §4.2, and since 1.26.3 AusweisApp's own `reason`."""

    major: str
    minor: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Auth:
    """An authentication began, was refused (`error`), or ended (`result`)."""

    error: str = ""
    result: Result | None = None
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ChangePin:
    """A change of the PIN began, or ended (`success`)."""

    success: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AccessRights:
    """What the provider wants to read; `effective` are those that will be read as it stands."""

    effective: tuple[str, ...]
    optional: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    transaction_info: str = field(default="", repr=False)
    error: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Who the provider is, as its certificate says."""

    subject: str
    issuer: str
    purpose: str
    subject_url: str = ""
    issuer_url: str = ""
    terms: str = field(default="", repr=False)
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class InsertCard:
    error: str = ""


@dataclass(frozen=True, slots=True)
class EnterPin:
    reader: Reader
    error: str = ""


@dataclass(frozen=True, slots=True)
class EnterNewPin:
    reader: Reader
    error: str = ""


@dataclass(frozen=True, slots=True)
class EnterCan:
    reader: Reader
    error: str = ""


@dataclass(frozen=True, slots=True)
class EnterPuk:
    reader: Reader
    error: str = ""


@dataclass(frozen=True, slots=True)
class BadState:
    """`command` came when it could not be carried out."""

    command: str


@dataclass(frozen=True, slots=True)
class UnknownCommand:
    command: str


@dataclass(frozen=True, slots=True)
class Invalid:
    """What was sent last was no JSON object."""


@dataclass(frozen=True, slots=True)
class InternalError:
    """AusweisApp found a fault in itself."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message of another name."""

    msg: str


Message = (
    Reader
    | ReaderList
    | Info
    | ApiLevel
    | Status
    | Auth
    | ChangePin
    | AccessRights
    | Certificate
    | InsertCard
    | EnterPin
    | EnterNewPin
    | EnterCan
    | EnterPuk
    | BadState
    | UnknownCommand
    | Invalid
    | InternalError
    | Unknown
)
