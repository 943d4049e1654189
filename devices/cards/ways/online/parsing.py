"""A text frame of AusweisApp becomes a message.

Rules
  1. `parse` raises CardError CARD-07 and nothing else, whatever came in; the error names keys, never values.
  2. A message of another name is `Unknown`, never an error: AusweisApp may learn new ones.
  3. Keys nobody reads are passed over, a key that is read has to be of its kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from devices.cards.ways.online.json_fields import Fields
from devices.cards.ways.online.messages import (
    AccessRights,
    ApiLevel,
    Auth,
    BadState,
    Card,
    Certificate,
    ChangePin,
    EnterCan,
    EnterNewPin,
    EnterPin,
    EnterPuk,
    Info,
    InsertCard,
    InternalError,
    Invalid,
    Message,
    Reader,
    ReaderList,
    Result,
    Status,
    Unknown,
    UnknownCommand,
)
from kiosk.errors import CardError

MESSAGE_LIMIT_CHARS: Final = 262_144  # the longest one carries the terms of usage of a certificate
TRIES_LIMIT: Final = 3


def parse(text: str) -> Message:
    """The message in one text frame. Raises CardError CARD-07."""
    if len(text) > MESSAGE_LIMIT_CHARS:
        raise CardError("CARD-07", "message of AusweisApp is too long")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CardError("CARD-07", "message of AusweisApp is no JSON") from error
    if not isinstance(values, dict):
        raise CardError("CARD-07", "message of AusweisApp is no object")
    fields = Fields(values)
    name = fields.text("msg")
    if (read := _READ.get(name)) is None:
        return Unknown(name)
    return read(fields)


def _reader(fields: Fields) -> Reader:
    card = fields.part("card")
    return Reader(
        name=fields.text("name"),
        attached=fields.flag("attached", default=True),
        insertable=fields.flag("insertable"),
        keypad=fields.flag("keypad"),
        card=None if card is None or card.empty else _card(card),
    )


def _card(fields: Fields) -> Card:
    tries = fields.number("retryCounter")
    known = tries is not None and 0 <= tries <= TRIES_LIMIT
    return Card(fields.flag("inoperative"), fields.flag("deactivated"), tries if known else None)


def _wanted(fields: Fields) -> tuple[Reader, str]:
    return _reader(fields.need("reader")), fields.text("error", "")


def _api_level(fields: Fields) -> ApiLevel:
    current = fields.number("current")
    if current is None:
        raise CardError("CARD-07", "API_LEVEL without a level")
    return ApiLevel(current, fields.numbers("available"), fields.text("error", ""))


def _info(fields: Fields) -> Info:
    version = fields.need("VersionInfo")
    return Info(version.text("Name"), version.text("Implementation-Version"))


def _auth(fields: Fields) -> Auth:
    ended = fields.part("result")
    result = ended and Result(ended.text("major"), ended.text("minor", ""), ended.text("reason", ""))
    return Auth(fields.text("error", ""), result or None, fields.text("url", ""))


def _change_pin(fields: Fields) -> ChangePin:
    success = fields.flag("success") if fields.has("success") else None
    return ChangePin(success, fields.text("reason", ""))


def _access_rights(fields: Fields) -> AccessRights:
    chat = fields.need("chat")
    return AccessRights(
        effective=chat.texts("effective"),
        optional=chat.texts("optional"),
        required=chat.texts("required"),
        transaction_info=fields.text("transactionInfo", ""),
        error=fields.text("error", ""),
    )


def _certificate(fields: Fields) -> Certificate:
    about, validity = fields.need("description"), fields.need("validity")
    return Certificate(
        subject=about.text("subjectName"),
        issuer=about.text("issuerName"),
        purpose=about.text("purpose", ""),
        subject_url=about.text("subjectUrl", ""),
        issuer_url=about.text("issuerUrl", ""),
        terms=about.text("termsOfUsage", ""),
        valid_from=validity.day("effectiveDate"),
        valid_until=validity.day("expirationDate"),
    )


def _status(fields: Fields) -> Status:
    return Status(fields.maybe_text("workflow"), fields.number("progress"), fields.maybe_text("state"))


_READ: Mapping[str, Callable[[Fields], Message]] = MappingProxyType(
    {
        "READER": _reader,
        "READER_LIST": lambda fields: ReaderList(tuple(_reader(each) for each in fields.parts("readers"))),
        "INFO": _info,
        "API_LEVEL": _api_level,
        "STATUS": _status,
        "AUTH": _auth,
        "CHANGE_PIN": _change_pin,
        "ACCESS_RIGHTS": _access_rights,
        "CERTIFICATE": _certificate,
        "INSERT_CARD": lambda fields: InsertCard(fields.text("error", "")),
        "ENTER_PIN": lambda fields: EnterPin(*_wanted(fields)),
        "ENTER_NEW_PIN": lambda fields: EnterNewPin(*_wanted(fields)),
        "ENTER_CAN": lambda fields: EnterCan(*_wanted(fields)),
        "ENTER_PUK": lambda fields: EnterPuk(*_wanted(fields)),
        "BAD_STATE": lambda fields: BadState(fields.text("error", "")),
        "UNKNOWN_COMMAND": lambda fields: UnknownCommand(fields.text("error", "")),
        "INVALID": lambda _: Invalid(),
        "INTERNAL_ERROR": lambda _: InternalError(),
    }
)
