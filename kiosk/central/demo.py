"""The demo's town: two departments, their destinations and keys, two accounts, one terminal.

Rules
  1. Everything is made once; a second start reads it back from demo.json beside the secret key, which holds
     the throw-away passwords in clear. A real town never calls this.
  2. The phone numbers come from the ranges reserved for fiction.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from kiosk import durable_files
from kiosk.central import town
from kiosk.central.models import Client, Department, Destination
from kiosk.central.opening.keyring import Keyring, write_key_encryption_key
from kiosk.config import CentralConfig

DEPARTMENTS = {
    "Steuern und Abgaben": ("steuern", "030 23125 001"),
    "Öffentliche Ordnung": ("ordnung", "030 23125 002"),
}
DESTINATIONS = {
    "dog-tax": ("Steuern und Abgaben", "Hundesteuer"),
    "dog-register": ("Öffentliche Ordnung", "Hundehaltung"),
    "resident-parking": ("Öffentliche Ordnung", "Bewohnerparken"),
    "defects": ("Öffentliche Ordnung", "Mängelmelder"),
}
CLIENT = "terminal-1"


@dataclass(frozen=True, slots=True)
class DemoSeed:
    """What the demo needs to know: passwords by account, ids and phones by the procedure's destination."""

    url: str
    logins: dict[str, str] = field(repr=False)
    destinations: dict[str, UUID]
    phones: dict[str, str]
    client_id: str
    client_secret: str = field(repr=False)


def seed(config: CentralConfig) -> DemoSeed:
    """Make it, or read back what was made. The database is migrated."""
    path = config.secret_key_file.parent / "demo.json"
    if path.exists():
        return _read(path)
    if config.key_encryption_key_file and not config.key_encryption_key_file.exists():
        write_key_encryption_key(config.key_encryption_key_file)
    with transaction.atomic():  # all of it or nothing: a first start may be broken off
        made = _make(config)
        durable_files.create(path, json.dumps(asdict(made), default=str))
    return made


def _make(config: CentralConfig) -> DemoSeed:
    keyring = Keyring.of(config)
    departments = {name: town.add_department(name, phone) for name, (_, phone) in DEPARTMENTS.items()}
    destinations: dict[str, Destination] = {}
    for key, (department, name) in DESTINATIONS.items():
        destinations[key] = town.add_destination(departments[department], name)
        town.make_keys(destinations[key], keyring)
    client = town.add_client(CLIENT, Client.Role.SENDER, destinations.values())
    return DemoSeed(
        url=config.issuer,
        logins={login: _staff(login, departments[name]) for name, (login, _) in DEPARTMENTS.items()},
        destinations={key: destination.pk for key, destination in destinations.items()},
        phones={key: DEPARTMENTS[department][1] for key, (department, _) in DESTINATIONS.items()},
        client_id=client.name,
        client_secret=client.secret,
    )


def _staff(login: str, department: Department) -> str:
    return town.add_staff(login, [department]).secret


def _read(path: Path) -> DemoSeed:
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    stored["destinations"] = {key: UUID(value) for key, value in stored["destinations"].items()}
    return DemoSeed(**stored)
