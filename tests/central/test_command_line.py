"""A town's keys and its database from the first day to the new server, as typed at the command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .databases import Databases

CONFIG = """
issuer = "http://127.0.0.1:8000"
DATABASE
service_keys_dir = "state/service-keys"
opening_socket = "state/o.sock"
secret_key_file = "state/secret-key"
department_keys_dir = "KEYS"
key_encryption_key_file = "LOCK"
escrow_dir = "escrow"
escrow_officers = ["anna.public.json", "bert.public.json"]
town_key_file = "town.public.json"
[town]
name = "Stadt Musterstadt"
"""
PASSPHRASES = {"anna": "Regen im Oktober", "bert": "vier gelbe Stühle", "town": "Der Stempel der Stadt"}


class TownHall:
    """Somebody at the command line of a server, and with a laptop that has no network."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, ""

    def kiosk(self, *words: str, typed: str = "", status: int = 0) -> list[str]:
        """The lines it says. Without a terminal a passphrase is read from standard input."""
        done = subprocess.run(
            [sys.executable, "-m", "kiosk", "central", *words],
            cwd=self.folder,
            input=typed,
            capture_output=True,
            text=True,
            start_new_session=True,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert not any(phrase in done.stdout for phrase in PASSPHRASES.values())
        return done.stdout.splitlines()

    def central(self, *words: str, typed: str = "", status: int = 0) -> list[str]:
        verb, *others = words
        steps = [verb, others.pop(0)] if verb in ("escrow", "audit") else [verb]
        return self.kiosk(*steps, "--config", self.config, *others, typed=typed, status=status)


@pytest.fixture
def town_hall(tmp_path: Path, databases: Databases) -> Iterator[TownHall]:
    """Two servers: old.toml and new.toml."""
    with databases.written(CONFIG) as old, databases.written(CONFIG.replace("state/", "new/")) as new:
        (tmp_path / "old.toml").write_text(old.replace("KEYS", "keys").replace("LOCK", "lock"))
        new = new.replace("state/central", "new/central").replace("KEYS", "new-keys").replace("LOCK", "new-lock")
        (tmp_path / "new.toml").write_text(new)
        yield TownHall(tmp_path)


def test_from_the_first_key_to_the_new_server(town_hall: TownHall) -> None:
    for pair, name in (("officer-key", "anna"), ("officer-key", "bert"), ("town-key", "town")):
        town_hall.kiosk(pair, "new", name, typed=f"{PASSPHRASES[name]}\n" * 2)
    town_hall.kiosk("new-key-encryption-key", "lock")
    town_hall.config = "old.toml"
    town_hall.central("migrate")
    town_hall.central("add-department", "--name", "Steuern")
    destination, *_ = town_hall.central("add-destination", "--department", "Steuern", "--name", "Hundesteuer")
    assert town_hall.central("escrow", "check") == ["every key is in the escrow, for all officers"]

    rotated = town_hall.central("rotate-keys", "--destination", destination)
    revoked = rotated[0].split()[1]
    [replaced] = town_hall.central("revoke-key", revoked)
    town_hall.central("revoke-key", "unknown", status=1)

    publish_the_key_list(town_hall, replaced)
    put_under_another_lock(town_hall)
    move_to_a_new_server(town_hall)


def publish_the_key_list(town_hall: TownHall, current: str) -> None:
    town_hall.central("draft-key-list", "draft.json")
    signing = ("sign-key-list", "draft.json", "list.jws", "--key", "town")
    town_hall.kiosk(*signing, typed="falsch getippt\n", status=1)
    town_hall.central("publish-key-list", "list.jws", status=1)
    shown = town_hall.kiosk(*signing, typed=f"{PASSPHRASES['town']}\n")
    assert current in shown
    assert "published" in town_hall.central("publish-key-list", "list.jws")[0]


def put_under_another_lock(town_hall: TownHall) -> None:
    town_hall.kiosk("new-key-encryption-key", "fresh-lock")
    assert town_hall.central("rotate-key-encryption-key", "fresh-lock")[0].startswith("5 keys")
    town_hall.central("escrow", "export", status=1)
    (town_hall.folder / "fresh-lock").rename(town_hall.folder / "lock")
    assert town_hall.central("escrow", "export")[0].startswith("5 keys")


def move_to_a_new_server(town_hall: TownHall) -> None:
    [backup] = town_hall.central("backup", "backups")
    town_hall.central("restore", backup, status=1)
    town_hall.config = "new.toml"
    town_hall.kiosk("new-key-encryption-key", "new-lock")
    assert town_hall.central("restore", backup)[-1] == "the audit chain is whole"
    officers = ("--officer", "anna", "--officer", "bert")
    town_hall.central("escrow", "restore", *officers, typed="falsch\nfalsch\n", status=1)
    typed = f"{PASSPHRASES['anna']}\n{PASSPHRASES['bert']}\n"
    [said, *_] = town_hall.central("escrow", "restore", *officers, typed=typed)
    assert said.endswith("5 keys are in the keyring; 0 of them the database had lost")
    assert len(list((town_hall.folder / "new-keys").iterdir())) == 5
    assert town_hall.central("audit", "verify") == ["the audit chain is whole"]


def test_who_leaves_and_what_is_lost_is_revoked_by_name(town_hall: TownHall) -> None:
    town_hall.config = "old.toml"
    town_hall.kiosk("new-key-encryption-key", "lock")
    town_hall.central("migrate")
    town_hall.central("add-department", "--name", "Steuern")
    town_hall.central("add-staff", "--name", "ada", "--department", "Steuern")

    assert town_hall.central("revoke-staff", "--name", "ada") == ["revoked"]
    town_hall.central("revoke-staff", "--name", "ada", status=1)
    town_hall.central("revoke-client", "--name", "unknown", status=1)


@pytest.mark.parametrize(
    "change",
    [
        'escrow_officers = ["anna.public.json"]',
        "",
        'escrow_officers = ["anna.public.json", "anna.public.json"]',
        "escrow_officers = []",
        'escrow_officers = ["a", "b"]\nescrow_officers_needed = 3',
        'escrow_officers = ["a", "b"]\nescrow_officers_needed = 1',
    ],
)
def test_an_escrow_that_one_officer_opens_or_nobody_is_refused(tmp_path: Path, change: str) -> None:
    from kiosk.config import load_central
    from kiosk.errors import ConfigError

    path, line = tmp_path / "central.toml", 'escrow_officers = ["anna.public.json", "bert.public.json"]'
    text = CONFIG.replace("DATABASE", 'database = "x"')
    path.write_text(text)
    assert load_central(path).escrow_officers_needed == 2

    path.write_text(text.replace(line, change))

    with pytest.raises(ConfigError, match="escrow_officers"):
        load_central(path)
