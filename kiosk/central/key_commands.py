"""What `kiosk central …` does with keys once they are made: escrow, revocation, signed list; one function a command.

Importing this module costs nothing: Django is loaded by the command that needs it. `ask` gets a passphrase typed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from kiosk.central.commands import database
from kiosk.config import CentralConfig
from kiosk.delivery.key_list import KeyList, KeyName, format_keys, name_of, parse_keys, sign_key_list
from kiosk.errors import CentralError

if TYPE_CHECKING:
    from kiosk.central.offline_keys import Ask
    from kiosk.central.opening.recovery import Restored

READABLE = 0o644


@dataclass(frozen=True, slots=True)
class SignOrder:
    """Which draft becomes which signed list, by the town key in which file, and for how many days."""

    draft: Path
    signed: Path
    town_key: Path
    days: int


def rotate_key_encryption_key(config: CentralConfig, path: Path) -> int:
    """Encrypt every department key under the key-encryption key in `path`; how many there are. Raises CentralError."""
    with database(config):
        from django.db import transaction

        from kiosk.central import audit
        from kiosk.central.opening.keyring import Keyring, read_key_encryption_key

        changed = Keyring.of(config).change_lock(read_key_encryption_key(path))
        with transaction.atomic():
            audit.record("command", "key-encryption-key.rotated", detail={"keys": changed})
        return changed


def revoke_key(config: CentralConfig, kid: str) -> KeyName | None:
    """Trust a key no longer; the one that takes its place, if it was in use. Raises CentralError."""
    with database(config):
        from kiosk.central import town
        from kiosk.central.opening.keyring import Keyring

        fresh = town.revoke_key(kid, Keyring.of(config))
        return name_of(fresh.jwk) if fresh else None


# ---- the escrow -------------------------------------------------------------------------------


def make_officer_key(path: Path, ask: Ask) -> str:
    """A pair for an officer, offline; its kid. Raises CentralError."""
    from kiosk.central.offline_keys import make_officer_key as make

    return make(path, ask)


def escrow_export(config: CentralConfig) -> int:
    """Write every key into the escrow for the officers of the configuration; how many. Raises CentralError."""
    with database(config):
        from kiosk.central.opening import recovery
        from kiosk.central.opening.keyring import Keyring

        return recovery.export(Keyring.of(config))


def escrow_check(config: CentralConfig) -> dict[str, str]:
    """What the escrow lacks, by kid. Needs no secret. Raises CentralError."""
    with database(config):
        from kiosk.central.opening import recovery
        from kiosk.central.opening.escrow import Escrow

        return recovery.check(Escrow.of(config))


def escrow_restore(config: CentralConfig, officers: Sequence[Path], ask: Ask) -> Restored:
    """Fill the keyring from the escrow; every officer types a passphrase. Raises CentralError."""
    with database(config):
        from kiosk.central.offline_keys import unlock
        from kiosk.central.opening import recovery
        from kiosk.central.opening.keyring import Keyring

        keyring = Keyring.of(config)
        recovery.configured(keyring.escrow)  # before anybody types
        return recovery.restore(keyring, [unlock(path, ask) for path in officers])


# ---- the signed key list ----------------------------------------------------------------------


def make_town_key(path: Path, ask: Ask) -> str:
    """The pair that signs key lists, offline; its kid. Raises CentralError."""
    from kiosk.central.offline_keys import make_town_key as make

    return make(path, ask)


def draft_key_list(config: CentralConfig, path: Path) -> int:
    """Write what is to be signed; how many destinations. Raises CentralError."""
    with database(config):
        from kiosk import durable_files
        from kiosk.central.key_list import draft

        found = draft()
        try:
            durable_files.replace(path, json.dumps(format_keys(found), indent=1), READABLE)
        except OSError as error:
            raise CentralError("CENTRAL-01", f"{path}: {error.strerror}") from error
        return len(found)


def read_draft(path: Path) -> dict[UUID, frozenset[KeyName]]:
    """What would be signed. Raises CentralError."""
    try:
        return parse_keys(json.loads(path.read_text(encoding="ascii")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CentralError("CENTRAL-02", f"{path.name}: not a draft of a key list") from error


def sign_list(order: SignOrder, ask: Ask) -> None:
    """Sign a draft from now on, on the machine that has the town key. Raises CentralError."""
    from kiosk import durable_files
    from kiosk.central.offline_keys import unlock

    keys, now = read_draft(order.draft), datetime.now(UTC)
    listed = KeyList(keys, now, now + timedelta(days=order.days))
    text = sign_key_list(listed, unlock(order.town_key, ask))
    try:
        durable_files.replace(order.signed, text, READABLE)
    except OSError as error:
        raise CentralError("CENTRAL-01", f"{order.signed}: {error.strerror}") from error


def publish_key_list(config: CentralConfig, path: Path) -> datetime:
    """Let terminals have a signed list; until when it is valid. Raises CentralError."""
    with database(config):
        from kiosk.central.key_list import publish

        try:
            text = path.read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise CentralError("CENTRAL-02", f"{path.name}: not a signed key list") from error
        return publish(text, datetime.now(UTC)).valid_until
