"""The test persons of the simulated reader: invented, each with one thing about the card that is not ordinary.

One TOML file a person (assets/people/erika.toml), the file's name is the person's. Unknown keys are refused.
A CAN hides from `repr` here as everywhere, though these are printed in the files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kiosk.errors import ConfigError
from kiosk.identity import Attribute

PEOPLE = Path(__file__).resolve().parents[2] / "assets" / "people"
CAN_DIGITS = 6
KEYS = {"note": str, "can": str, "expires_on": date, "attributes": dict}


@dataclass(frozen=True, slots=True)
class Person:
    """What one simulated card holds. `note` says what is special about it."""

    id: str
    note: str
    can: str = field(repr=False)
    expires_on: date
    attributes: Mapping[Attribute, str] = field(repr=False)


def load_people(folder: Path = PEOPLE) -> dict[str, Person]:
    """Every person by id, in the order of the files' names. Raises ConfigError naming file, line and key."""
    people = {path.stem: _load(path) for path in sorted(folder.glob("*.toml"))}
    if not people:
        raise ConfigError("CONFIG-01", f"{folder}: no test persons")
    return people


def _load(path: Path) -> Person:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError("CONFIG-01", f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError("CONFIG-01", f"{path}: {error}") from error
    _refuse_surprises(path, data)
    if len(data["can"]) != CAN_DIGITS or not data["can"].isdecimal():
        raise ConfigError("CONFIG-02", f"{path}: can must be {CAN_DIGITS} digits")
    attributes = {_attribute(path, key): value for key, value in data["attributes"].items()}
    return Person(path.stem, data["note"], data["can"], data["expires_on"], attributes)


def _refuse_surprises(path: Path, data: dict[str, Any]) -> None:
    for key in data.keys() - KEYS.keys():
        raise ConfigError("CONFIG-02", f"{path}: unknown key {key}")
    for key, kind in KEYS.items():
        if not isinstance(data.get(key), kind):
            raise ConfigError("CONFIG-02", f"{path}: {key} must be there and a {kind.__name__}")
    for key, value in data["attributes"].items():
        if not isinstance(value, str):
            raise ConfigError("CONFIG-02", f"{path}: attributes.{key} must be a text")


def _attribute(path: Path, key: str) -> Attribute:
    try:
        return Attribute(key)
    except ValueError as error:
        raise ConfigError("CONFIG-02", f"{path}: unknown key attributes.{key}") from error
