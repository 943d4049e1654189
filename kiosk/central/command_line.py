"""The words of `kiosk central …`: parsed here, done by kiosk/central/commands.py and key_commands.py.

Every command imports only what it needs. A passphrase is typed, never a word of the command line.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from kiosk.console import say

if TYPE_CHECKING:
    from kiosk.config import CentralConfig
    from kiosk.delivery.key_list import KeyName

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

Run = Callable[[argparse.Namespace], int | None]


class Add(Protocol):
    """Adds one command; with its word --config unless told otherwise."""

    def __call__(
        self, commands: Commands, name: str, text: str, run: Run, *, config: bool = True
    ) -> argparse.ArgumentParser: ...


def add_commands(commands: Commands, add: Add) -> None:
    """`central` and its verbs."""
    central = commands.add_parser("central", help="the town hall's side: delivery service, inbox, opening service")
    verbs = central.add_subparsers(required=True, metavar="VERB")
    add(verbs, "serve", "delivery service, inbox and status page", _serve)
    add(verbs, "open", "the opening service, alone with the department keys", _open)
    add(verbs, "migrate", "bring the database up to date", _migrate)
    audit = add(verbs, "audit", "verify the audit chain", _audit)
    audit.add_argument("verb", choices=["verify"])
    backup = add(verbs, "backup", "write the database into a new file, while the services run", _backup)
    backup.add_argument("folder", type=Path, help="on another disk than the database")
    restore = add(verbs, "restore", "fill an empty database from a backup", _restore)
    restore.add_argument("file", type=Path)
    _add_town(verbs, add)
    _add_keys(verbs, add)
    _add_escrow(verbs, add)
    _add_key_list(verbs, add)


def _central_config(arguments: argparse.Namespace) -> CentralConfig:
    from kiosk.config import load_central

    return load_central(arguments.config)


# ---- services and database --------------------------------------------------------------------


def _serve(arguments: argparse.Namespace) -> None:
    from kiosk.central.commands import serve

    serve(_central_config(arguments))


def _open(arguments: argparse.Namespace) -> None:
    from kiosk.central.commands import open_

    open_(_central_config(arguments))


def _migrate(arguments: argparse.Namespace) -> None:
    from kiosk.central.commands import migrate

    say("migrated" if migrate(_central_config(arguments)) else "nothing to migrate")


def _audit(arguments: argparse.Namespace) -> int:
    from kiosk.central.commands import audit_verify

    return _say_chain(audit_verify(_central_config(arguments)))


def _backup(arguments: argparse.Namespace) -> None:
    from kiosk.central.commands import backup

    say(str(backup(_central_config(arguments), arguments.folder)))


def _restore(arguments: argparse.Namespace) -> int:
    from kiosk.central.commands import restore

    fault = restore(_central_config(arguments), arguments.file)
    say("restored; terminals send again what is missing, for 14 days")
    return _say_chain(fault)


def _say_chain(fault: object) -> int:
    say("the audit chain is whole" if fault is None else f"the audit chain is broken: {fault}")
    return 0 if fault is None else 1


# ---- departments, clients, staff --------------------------------------------------------------


def _add_town(verbs: Commands, add: Add) -> None:
    department = add(verbs, "add-department", "a department, or its new phone", _add_department)
    department.add_argument("--name", required=True)
    department.add_argument("--phone", default="")
    destination = add(verbs, "add-destination", "a place to deliver to, with its keys", _add_destination)
    destination.add_argument("--department", required=True)
    destination.add_argument("--name", required=True)
    client = add(verbs, "add-client", "a terminal or a line-of-business system", _add_client)
    client.add_argument("--name", required=True)
    client.add_argument("--role", choices=["sender", "subscriber"], default="sender")
    client.add_argument("--destination", type=UUID, action="append", required=True)
    add(verbs, "revoke-client", "refuse a terminal or system", _revoke_client).add_argument("--name", required=True)
    staff = add(verbs, "add-staff", "a caseworker's account", _add_staff)
    staff.add_argument("--name", required=True)
    staff.add_argument("--department", action="append", required=True)
    add(verbs, "revoke-staff", "close an account, end its sessions", _revoke_staff).add_argument(
        "--name", required=True
    )


def _add_department(arguments: argparse.Namespace) -> None:
    from kiosk.central.commands import add_department

    add_department(_central_config(arguments), arguments.name, arguments.phone)


def _add_destination(arguments: argparse.Namespace) -> None:
    from kiosk.central.commands import add_destination, make_keys

    config = _central_config(arguments)
    destination_id = add_destination(config, arguments.department, arguments.name)
    made = make_keys(config, destination_id)
    say(str(destination_id))
    _say_keys(*made)


def _add_client(arguments: argparse.Namespace) -> None:
    from kiosk.central.commands import add_client

    made = add_client(_central_config(arguments), arguments.name, arguments.role, arguments.destination)
    say(f"client id: {made.name}\nclient secret (shown once): {made.secret}")


def _revoke_client(arguments: argparse.Namespace) -> int:
    from kiosk.central.commands import revoke_client

    return _say_found(revoke_client(_central_config(arguments), arguments.name))


def _add_staff(arguments: argparse.Namespace) -> None:
    from kiosk.central.commands import add_staff

    made = add_staff(_central_config(arguments), arguments.name, arguments.department)
    say(f"account: {made.name}\npassword (shown once): {made.secret}")


def _revoke_staff(arguments: argparse.Namespace) -> int:
    from kiosk.central.commands import revoke_staff

    return _say_found(revoke_staff(_central_config(arguments), arguments.name))


def _say_found(found: bool) -> int:
    say("revoked" if found else "nobody of this name, or revoked already", None if found else sys.stderr)
    return 0 if found else 1


# ---- keys -------------------------------------------------------------------------------------


def _add_keys(verbs: Commands, add: Add) -> None:
    new = add(verbs, "new-key-encryption-key", "write a new key-encryption key", _new_key, config=False)
    new.add_argument("file", type=Path)
    lock = add(verbs, "rotate-key-encryption-key", "encrypt the keys under a new one", _rotate_lock)
    lock.add_argument("file", type=Path, help="the new one, made by new-key-encryption-key")
    rotate = add(verbs, "rotate-keys", "new keys for a destination; the old ones open what was sealed to them", _rotate)
    rotate.add_argument("--destination", type=UUID, required=True)
    add(verbs, "revoke-key", "a key that somebody else may hold", _revoke_key).add_argument("kid")


def _new_key(arguments: argparse.Namespace) -> None:
    from kiosk.central.commands import make_key_encryption_key

    make_key_encryption_key(arguments.file)
    say("keep a copy in a safe: without it, or the escrow, no submission can be opened")


def _rotate_lock(arguments: argparse.Namespace) -> None:
    from kiosk.central.key_commands import rotate_key_encryption_key

    count = rotate_key_encryption_key(_central_config(arguments), arguments.file)
    say(f"{count} keys are under the new key-encryption key: put it in place, then restart `kiosk central open`")


def _rotate(arguments: argparse.Namespace) -> None:
    from kiosk.central.commands import make_keys

    _say_keys(*make_keys(_central_config(arguments), arguments.destination))


def _revoke_key(arguments: argparse.Namespace) -> None:
    from kiosk.central.key_commands import revoke_key

    if (fresh := revoke_key(_central_config(arguments), arguments.kid)) is not None:
        _say_keys(fresh)


def _say_keys(*names: KeyName) -> None:
    for name in names:
        say(f"key {name.kid} thumbprint {name.thumbprint}")


# ---- the escrow -------------------------------------------------------------------------------


def _add_escrow(verbs: Commands, add: Add) -> None:
    _add_pair(verbs, add, "officer-key", _new_officer_key)
    escrow = verbs.add_parser("escrow", help="the department keys once more, sealed to officers")
    steps = escrow.add_subparsers(required=True, metavar="STEP")
    add(steps, "export", "write every key anew, after the officers changed", _escrow_export)
    add(steps, "check", "which keys are not in it, and for whom; exit status 1 with findings", _escrow_check)
    restore = add(steps, "restore", "fill the keyring on an empty server", _escrow_restore)
    restore.add_argument("--officer", type=Path, action="append", required=True, help="private key file, asked for")


def _add_pair(verbs: Commands, add: Add, name: str, run: Run) -> None:
    command = add(verbs, name, "make a key pair, on a machine without network", run, config=False)
    command.add_argument("verb", choices=["new"])
    command.add_argument("file", type=Path)


def _new_officer_key(arguments: argparse.Namespace) -> None:
    from kiosk.central.key_commands import make_officer_key

    _say_pair(make_officer_key(arguments.file, getpass), arguments.file)


def _say_pair(kid: str, file: Path) -> None:
    say(f"key {kid}\nthe server gets {file.name}.public.json and nothing else; two copies of {file.name} in two places")


def _escrow_export(arguments: argparse.Namespace) -> None:
    from kiosk.central.key_commands import escrow_export

    say(f"{escrow_export(_central_config(arguments))} keys written: copy the folder to offline media")


def _escrow_check(arguments: argparse.Namespace) -> int:
    from kiosk.central.key_commands import escrow_check

    found = escrow_check(_central_config(arguments))
    for kid, lack in found.items():
        say(f"{kid}: {lack}")
    say(f"{len(found)} complaints" if found else "every key is in the escrow, for all officers")
    return 1 if found else 0


def _escrow_restore(arguments: argparse.Namespace) -> int:
    from kiosk.central.key_commands import escrow_restore

    done = escrow_restore(_central_config(arguments), arguments.officer, getpass)
    say(f"{done.keys} keys are in the keyring; {done.lost} of them the database had lost")
    for kid in done.without_destination:
        say(f"{kid}: its destination is not in the database", sys.stderr)
    return 1 if done.without_destination else 0


# ---- the signed key list ----------------------------------------------------------------------


def _add_key_list(verbs: Commands, add: Add) -> None:
    _add_pair(verbs, add, "town-key", _new_town_key)
    add(verbs, "draft-key-list", "write what the town is to sign", _draft).add_argument("file", type=Path)
    sign = add(verbs, "sign-key-list", "sign a draft, on the machine with the town key", _sign, config=False)
    sign.add_argument("draft", type=Path)
    sign.add_argument("signed", type=Path)
    sign.add_argument("--key", type=Path, required=True, help="the town key's private file")
    sign.add_argument("--days", type=int, default=400, help="valid so long (default 400)")
    add(verbs, "publish-key-list", "let terminals have a signed list", _publish).add_argument("file", type=Path)


def _new_town_key(arguments: argparse.Namespace) -> None:
    from kiosk.central.key_commands import make_town_key

    _say_pair(make_town_key(arguments.file, getpass), arguments.file)


def _draft(arguments: argparse.Namespace) -> None:
    from kiosk.central.key_commands import draft_key_list

    say(f"{draft_key_list(_central_config(arguments), arguments.file)} destinations")


def _sign(arguments: argparse.Namespace) -> None:
    from kiosk.central.key_commands import SignOrder, read_draft, sign_list

    for destination_id, names in read_draft(arguments.draft).items():
        say(f"destination {destination_id}")
        _say_keys(*sorted(names))
    say("sign only if these are the thumbprints that were shown when the keys were made")
    sign_list(SignOrder(arguments.draft, arguments.signed, arguments.key, arguments.days), getpass)


def _publish(arguments: argparse.Namespace) -> None:
    from kiosk.central.key_commands import publish_key_list

    until = publish_key_list(_central_config(arguments), arguments.file)
    say(f"published; sign a new one before {until:%Y-%m-%d}, else terminals go out of service")
