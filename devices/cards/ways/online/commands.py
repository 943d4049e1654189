"""What is said to AusweisApp: the commands of its SDK at API level 2, as frozen dataclasses.

Rules
  1. PIN, CAN and PUK are `Secret`: they are revealed in `format` and nowhere else.
  2. A secret left out (None) means that it is typed on the reader's own keys.

Names are those of the SDK (AusweisApp SDK, "Commands"). INTERRUPT is for telephones only, so it is not here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from kiosk.identity import Secret


@dataclass(frozen=True, slots=True)
class GetInfo: ...


@dataclass(frozen=True, slots=True)
class GetApiLevel: ...


@dataclass(frozen=True, slots=True)
class SetApiLevel:
    level: int


@dataclass(frozen=True, slots=True)
class GetStatus: ...


@dataclass(frozen=True, slots=True)
class GetReader:
    name: str


@dataclass(frozen=True, slots=True)
class GetReaderList: ...


@dataclass(frozen=True, slots=True)
class RunAuth:
    """`developer_mode` takes test cards and test certificates, and no others."""

    tc_token_url: str = field(repr=False)
    developer_mode: bool = False
    status: bool = True


@dataclass(frozen=True, slots=True)
class RunChangePin:
    status: bool = True


@dataclass(frozen=True, slots=True)
class GetAccessRights: ...


@dataclass(frozen=True, slots=True)
class SetAccessRights:
    """Which of the optional rights are wanted; the required ones cannot be refused."""

    rights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GetCertificate: ...


@dataclass(frozen=True, slots=True)
class Accept: ...


@dataclass(frozen=True, slots=True)
class Cancel: ...


@dataclass(frozen=True, slots=True)
class SetPin:
    digits: Secret | None = None


@dataclass(frozen=True, slots=True)
class SetNewPin:
    digits: Secret | None = None


@dataclass(frozen=True, slots=True)
class SetCan:
    digits: Secret | None = None


@dataclass(frozen=True, slots=True)
class SetPuk:
    digits: Secret | None = None


@dataclass(frozen=True, slots=True)
class SetCard:
    """Put the Simulator's card into it; `name` is the Simulator's."""

    name: str


Command = (
    GetInfo
    | GetApiLevel
    | SetApiLevel
    | GetStatus
    | GetReader
    | GetReaderList
    | RunAuth
    | RunChangePin
    | GetAccessRights
    | SetAccessRights
    | GetCertificate
    | Accept
    | Cancel
    | SetPin
    | SetNewPin
    | SetCan
    | SetPuk
    | SetCard
)

NAMES: Mapping[type[Command], str] = MappingProxyType(
    {
        GetInfo: "GET_INFO",
        GetApiLevel: "GET_API_LEVEL",
        SetApiLevel: "SET_API_LEVEL",
        GetStatus: "GET_STATUS",
        GetReader: "GET_READER",
        GetReaderList: "GET_READER_LIST",
        RunAuth: "RUN_AUTH",
        RunChangePin: "RUN_CHANGE_PIN",
        GetAccessRights: "GET_ACCESS_RIGHTS",
        SetAccessRights: "SET_ACCESS_RIGHTS",
        GetCertificate: "GET_CERTIFICATE",
        Accept: "ACCEPT",
        Cancel: "CANCEL",
        SetPin: "SET_PIN",
        SetNewPin: "SET_NEW_PIN",
        SetCan: "SET_CAN",
        SetPuk: "SET_PUK",
        SetCard: "SET_CARD",
    }
)


def format(command: Command) -> str:
    """The text frame of a command. It may hold a secret: send it, keep it nowhere."""
    return json.dumps({"cmd": NAMES[type(command)]} | _parameters(command), separators=(",", ":"))


def _parameters(command: Command) -> dict[str, Any]:
    match command:
        case SetApiLevel(level):
            return {"level": level}
        case GetReader(name) | SetCard(name):
            return {"name": name}
        case RunAuth(url, developer_mode, status):
            return {"tcTokenURL": url, "developerMode": developer_mode, "status": status}
        case RunChangePin(status):
            return {"status": status}
        case SetAccessRights(rights):
            return {"chat": list(rights)}
        case SetPin(digits) | SetNewPin(digits) | SetCan(digits) | SetPuk(digits) if digits is not None:
            return {"value": digits.reveal()}
        case _:
            return {}
