"""What `kiosk central …` does, one function a command. Only here a process becomes a Django process.

What is done with keys later is key_commands.py's.

Rules
  1. Importing this module costs nothing: Django is loaded by the command that needs it.
  2. A second start is fast: nothing is migrated, made or hashed that exists already.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from kiosk.central import configuration
from kiosk.config import CentralConfig
from kiosk.errors import CentralError

if TYPE_CHECKING:
    from kiosk.central.audit import Fault
    from kiosk.central.demo import DemoSeed
    from kiosk.central.town import Credentials
    from kiosk.delivery.key_list import KeyName


def setup(config: CentralConfig) -> None:
    """Make this process a Django process with `config`. Makes the secret key on the very first start."""
    _secret_key_file(config.secret_key_file)
    configuration.use(config)
    os.environ["DJANGO_SETTINGS_MODULE"] = "kiosk.central.settings"
    import django

    django.setup()


def serve(config: CentralConfig) -> None:
    """Answer HTTP until SIGTERM: delivery service, inbox, status. Raises ConfigError, CentralError."""
    configuration.check_transport(config)
    setup(config)
    from kiosk.central.service.signing import service_key
    from kiosk.central.serving import run

    service_key()
    run(config)


def open_(config: CentralConfig) -> None:
    """Open what arrives and answer the inbox until SIGTERM. Raises CentralError CENTRAL-02 if keys do not unlock."""
    setup(config)
    from kiosk.central.opening.keyring import Keyring
    from kiosk.central.opening.server import OpeningService, run_until_signalled

    keyring = Keyring.of(config)
    keyring.check()
    run_until_signalled(OpeningService(keyring, config.opening_socket))


def migrate(config: CentralConfig) -> bool:
    """Bring the database up to date and make the service's signature key. Whether there was anything to migrate.

    Raises CentralError CENTRAL-01.
    """
    setup(config)
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    from kiosk.central.service.signing import make_service_key

    make_service_key(config.service_keys_dir)
    _database_file(config)
    try:
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        raise CentralError("CENTRAL-01", f"database: {type(error).__name__}") from error
    except RuntimeError as error:  # a migration refuses what it finds, and says why
        raise CentralError("CENTRAL-01", str(error)) from error
    finally:
        connection.close()
    return True


def seed_demo(config: CentralConfig) -> DemoSeed:
    """The demo's town; a second call gives the same. Migrates first."""
    migrate(config)
    from kiosk.central.demo import seed

    return seed(config)


def make_keys(config: CentralConfig, destination_id: UUID) -> tuple[KeyName, KeyName]:
    """New keys for one destination, encryption and signature; the older ones are retired. Raises CentralError."""
    with database(config):
        from kiosk.central import town
        from kiosk.central.opening.keyring import Keyring
        from kiosk.delivery.key_list import name_of

        encryption, signature = town.make_keys(_destination(destination_id), Keyring.of(config))
        return name_of(encryption.jwk), name_of(signature.jwk)


def make_key_encryption_key(path: Path) -> None:
    """Write a new key-encryption key. Raises CentralError where there is one."""
    from kiosk.central.opening.keyring import write_key_encryption_key

    write_key_encryption_key(path)


def backup(config: CentralConfig, folder: Path) -> Path:
    """Write one file with all that the database holds now. Raises CentralError."""
    with database(config):
        from django.utils import timezone

        from kiosk.central.backup import write

        return write(folder, timezone.now())


def restore(config: CentralConfig, path: Path) -> Fault | None:
    """Fill an empty database from a backup; the first fault of its audit chain, or None. Raises CentralError."""
    with database(config):
        from kiosk.central import audit
        from kiosk.central.backup import restore as fill

        fill(path)
        return audit.verify()


def add_department(config: CentralConfig, name: str, phone: str = "") -> None:
    with database(config):
        from kiosk.central import town

        town.add_department(name, phone)


def add_destination(config: CentralConfig, department: str, name: str) -> UUID:
    """Its id. Keys are made by `make_keys`, where the key-encryption key is."""
    with database(config):
        from kiosk.central import town

        [found] = _departments([department])
        return town.add_destination(found, name).pk


def add_client(
    config: CentralConfig, client_id: str, role: Literal["sender", "subscriber"], destination_ids: Iterable[UUID]
) -> Credentials:
    """The client's secret is in the answer and nowhere else."""
    with database(config):
        from kiosk.central import town
        from kiosk.central.models import Client

        return town.add_client(client_id, Client.Role(role), [_destination(item) for item in destination_ids])


def revoke_client(config: CentralConfig, client_id: str) -> bool:
    """Refuse this client from its next call on. Whether there was one."""
    with database(config):
        from kiosk.central import town

        return town.revoke_client(client_id)


def add_staff(config: CentralConfig, username: str, departments: Iterable[str]) -> Credentials:
    """The password is in the answer and nowhere else."""
    with database(config):
        from kiosk.central import town

        return town.add_staff(username, _departments(departments))


def revoke_staff(config: CentralConfig, username: str) -> bool:
    """Close the account and end its sessions. Whether there was one."""
    with database(config):
        from kiosk.central import town

        return town.revoke_staff(username)


def audit_verify(config: CentralConfig) -> Fault | None:
    """The first fault of the audit chain, or None."""
    with database(config):
        from kiosk.central import audit

        return audit.verify()


def _destination(destination_id: UUID):  # type: ignore[no-untyped-def]  # a model, importable only after setup
    from kiosk.central.models import Destination

    found = Destination.objects.filter(pk=destination_id).first()
    if found is None:
        raise CentralError("CENTRAL-01", "no such destination")
    return found


def _departments(names: Iterable[str]):  # type: ignore[no-untyped-def]  # models, importable only after setup
    from kiosk.central.models import Department

    wanted = list(names)
    found = list(Department.objects.filter(name__in=wanted))
    if len(found) != len(set(wanted)):
        raise CentralError("CENTRAL-01", "no such department")
    return found


def _secret_key_file(path: Path) -> None:
    """The group's too where the unit's umask allows: serve and open run as two users of one group."""
    if path.exists():
        return
    import secrets

    try:
        path.parent.mkdir(mode=0o770, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o660)
    except OSError as error:
        raise CentralError("CENTRAL-01", f"secret_key_file: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(50))


def _database_file(config: CentralConfig) -> None:
    """The group's too, for the same reason: SQLite alone would make it 0640, and its journal like it."""
    if (path := config.database) is None:
        return
    try:
        path.parent.mkdir(mode=0o770, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o660))
    except OSError as error:
        raise CentralError("CENTRAL-01", f"database: {error.strerror}") from error


@contextmanager
def database(config: CentralConfig) -> Iterator[None]:
    """Set up and work. Raises CentralError CENTRAL-01 if the database cannot be used."""
    setup(config)
    _database_file(config)
    from django.db import DatabaseError

    try:
        yield
    except DatabaseError as error:
        raise CentralError("CENTRAL-01", f"database: {type(error).__name__}") from error
