"""The commands of a town, the demo's town, and what a configuration must say."""

from __future__ import annotations

import json
import logging
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kiosk.central import commands, configuration
from kiosk.central.logs import DiscreetFormatter
from kiosk.config import load_central
from kiosk.errors import CentralError, ConfigError

from .conftest import CONFIG, SHOW_SEED, DemoTown, python_with
from .databases import Databases


@pytest.fixture
def config_file(tmp_path: Path, databases: Databases) -> Iterator[Path]:
    path = tmp_path / "central.toml"
    with databases.written(CONFIG) as text:
        path.write_text(text)
        yield path


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    """A configuration with the embedded database, whatever the other tests run on."""
    path = tmp_path / "sqlite.toml"
    path.write_text(CONFIG.replace("DATABASE", 'database = "state/central.sqlite3"'))
    return path


def in_new_process(config_file: Path, call: str) -> str:
    done = subprocess.run(python_with(config_file, call), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.xdist_group("central-demo")
def test_the_demo_town_is_made_once_and_read_back(demo_town: DemoTown) -> None:
    assert json.loads(demo_town.told(SHOW_SEED)) == demo_town.seed

    assert set(demo_town.seed["destinations"]) == {"dog-tax", "dog-register", "resident-parking", "defects"}
    assert set(demo_town.seed["phones"].values()) == {"030 23125 001", "030 23125 002"}
    assert set(demo_town.seed["logins"]) == {"steuern", "ordnung"}
    state = demo_town.config_file.parent / "state"
    assert {file.stat().st_mode & 0o077 for file in (state / "department-keys").iterdir()} == {0}
    assert (state / "demo.json").stat().st_mode & 0o077 == 0
    assert demo_town.told("print(commands.migrate(config), commands.audit_verify(config))") == "False None"


def test_secrets_of_the_demo_do_not_show_in_its_repr(town: Any) -> None:
    from kiosk.central.demo import DemoSeed

    seed = DemoSeed("http://x", {"a": "SECRET"}, {}, {}, "terminal-1", "SECRET")

    assert "SECRET" not in repr(seed)


def test_a_town_is_set_up_by_commands(config_file: Path) -> None:
    statement = """
commands.migrate(config)
commands.make_key_encryption_key(config.key_encryption_key_file)
commands.add_department(config, "Ordnung", "030 23125 002")
destination = commands.add_destination(config, "Ordnung", "Hundehaltung")
encryption, signature = commands.make_keys(config, destination)
client = commands.add_client(config, "terminal-1", "sender", [destination])
person = commands.add_staff(config, "ordnung", ["Ordnung"])
print(len({encryption, signature}), len(client.secret) > 40, len(person.secret) > 12, commands.audit_verify(config))
"""
    assert in_new_process(config_file, statement) == "2 True True None"


def test_commands_name_what_they_do_not_find(town: Any) -> None:
    from uuid import uuid4

    with pytest.raises(CentralError, match="no such destination"):
        commands.make_keys(town.config, uuid4())
    with pytest.raises(CentralError, match="no such department"):
        commands.add_destination(town.config, "Unknown", "X")


def test_importing_the_commands_does_not_load_django() -> None:
    statement = "import sys, kiosk.central.commands; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


class TestTransport:
    def test_loopback_needs_no_certificate(self, config_file: Path) -> None:
        configuration.check_transport(load_central(config_file))

    @pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])  # noqa: S104 - refused
    def test_off_loopback_needs_one(self, config_file: Path, host: str) -> None:
        config = replace(load_central(config_file), host=host)

        with pytest.raises(ConfigError, match="tls_certificate_file"):
            configuration.check_transport(config)

    def test_and_an_issuer_that_says_https(self, config_file: Path) -> None:
        config = replace(
            load_central(config_file), host="192.0.2.1", tls_certificate_file=Path("c"), tls_key_file=Path("k")
        )

        with pytest.raises(ConfigError, match="issuer"):
            configuration.check_transport(config)
        configuration.check_transport(replace(config, issuer="https://antrag.example"))

    def test_behind_tls_cookies_and_hsts_are_strict(self, config_file: Path) -> None:
        config_file.write_text(config_file.read_text().replace("http://127.0.0.1:8000", "https://antrag.example"))
        statement = """
commands.setup(config)
from django.conf import settings
print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS > 0, settings.DEBUG)
"""
        assert in_new_process(config_file, statement) == "True True True False"


class TestDatabase:
    def test_sqlite_keeps_the_rollback_journal_and_full_synchronisation(self, sqlite_file: Path) -> None:
        statement = """
commands.migrate(config)
from django.db import connection
with connection.cursor() as cursor:
    for name in ("journal_mode", "synchronous"):
        print(*cursor.execute(f"PRAGMA {name}").fetchone())
print(connection.transaction_mode)
"""
        assert in_new_process(sqlite_file, statement).split() == ["delete", "2", "IMMEDIATE"]

    def test_serve_and_open_may_both_write_as_two_users_of_one_group(self, sqlite_file: Path) -> None:
        call = "import os; os.umask(0o007); commands.migrate(config)"
        subprocess.run(python_with(sqlite_file, call), check=True)

        database = load_central(sqlite_file).database
        assert database is not None
        assert stat.S_IMODE(database.stat().st_mode) == 0o660
        assert stat.S_IMODE(database.parent.stat().st_mode) == 0o770

    def test_a_database_that_cannot_be_used_is_a_code_and_no_traceback(self, config_file: Path) -> None:
        call = "commands.add_department(config, 'Steuern')"
        done = subprocess.run(python_with(config_file, call), capture_output=True, text=True)

        assert "kiosk.errors.CentralError: CENTRAL-01: database: " in done.stderr

    def test_migrations_say_all_that_the_models_say(self, town: Any) -> None:
        from django.core.management import call_command

        call_command("makemigrations", "central", check=True, dry_run=True, verbosity=0)


class TestLogs:
    def line(self, name: str, message: str, *args: object, error: BaseException | None = None) -> str:
        info = (type(error), error, error.__traceback__) if error else None
        record = logging.LogRecord(name, logging.ERROR, "f", 1, message, args, info)
        return DiscreetFormatter().format(record)

    @pytest.mark.parametrize("command_line", ["", "logging.basicConfig(level=logging.INFO, format='%(message)s')"])
    def test_a_process_of_central_writes_nothing_but_such_lines(self, config_file: Path, command_line: str) -> None:
        call = f"""
import logging
{command_line}
commands.setup(config)
logging.getLogger("django.request").error("Internal Server Error: %s", "/?name=Ada")
logging.getLogger("axes.handlers").warning("refused %s", "Ada")
"""
        done = subprocess.run(python_with(config_file, call), capture_output=True, text=True, check=True)

        assert done.stderr.splitlines() == [
            "ERROR django.request: Internal Server Error: %s",
            "WARNING axes.handlers: refused %s",
        ]

    def test_our_own_lines_are_whole(self) -> None:
        assert self.line("kiosk.central", "CENTRAL-03 %s", "x") == "ERROR kiosk.central: CENTRAL-03 x"

    def test_of_a_librarys_line_only_the_template_is_kept(self) -> None:
        line = self.line("django.request", "Internal Server Error: %s", "/?name=Ada")

        assert line == "ERROR django.request: Internal Server Error: %s"

    def test_of_an_exception_only_type_and_place_are_kept(self) -> None:
        try:
            raise ValueError("Ada Beispiel")
        except ValueError as caught:
            line = self.line("django.request", "x", error=caught)

        assert "Ada" not in line
        assert "ValueError at test_commands.py" in line

    def test_a_whole_delivery_and_reading_leaves_nothing_personal(
        self, terminal: Any, parcel: Any, open_arrivals: Any, opening_desk: Any, http: Any, caplog: Any
    ) -> None:
        from django.contrib.auth.models import User

        caplog.set_level(logging.DEBUG, "kiosk")
        caplog.set_level(logging.DEBUG, "django.request")
        submission = parcel.deliver(terminal)
        open_arrivals()
        http.force_login(User.objects.get(username="steuern"), "django.contrib.auth.backends.ModelBackend")
        http.get(f"/inbox/{submission}")
        http.post("/status/lookup", '{"token": "Ada"}', content_type="application/json")

        assert "Ada" not in caplog.text
        assert "Mila" not in caplog.text
        assert parcel.code not in caplog.text


def test_nothing_that_exists_is_made_a_second_time(tmp_path: Path) -> None:
    """The command line answers with a code, not with a traceback, and the first one stays as it was."""
    config = tmp_path / "central.toml"
    config.write_text(
        'issuer = "http://127.0.0.1:1"\ndatabase = "central.db"\nservice_keys_dir = "service"\nopening_socket = "o"\n'
        'secret_key_file = "secret"\ndepartment_keys_dir = "keys"\nkey_encryption_key_file = "kek"\n'
        '[town]\nname = "Stadt Musterstadt"\n'
    )

    def kiosk(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kiosk", "central", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    staff = ("add-staff", "--config", str(config), "--name", "ada", "--department", "Steuern")
    assert kiosk("new-key-encryption-key", "kek").returncode == 0
    assert kiosk("migrate", "--config", str(config)).returncode == 0
    assert kiosk("add-department", "--config", str(config), "--name", "Steuern").returncode == 0
    assert "shown once" in kiosk(*staff).stdout
    for again in (kiosk(*staff), kiosk("new-key-encryption-key", "kek")):
        assert again.returncode == 1
        assert "CENTRAL-05" in again.stderr
        assert "Traceback" not in again.stderr
