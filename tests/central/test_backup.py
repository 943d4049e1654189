"""Backup and restore: what was there before the backup is there again, and terminals are told what may be missing."""

from __future__ import annotations

import resource
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from kiosk.errors import CentralError

from .conftest import Parcel
from .databases import Databases
from .test_key_life import actions

STARTED = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
HOLDINGS = "/.well-known/rathaus-kiosk/holdings"


@contextmanager
def elsewhere(databases: Databases, folder: Path, name: str) -> Iterator[None]:
    """Another server's database, empty."""
    from django.db import connections

    before = connections.settings["default"]["NAME"]
    databases.place(folder, name)
    connections["default"].close()
    connections.settings["default"]["NAME"] = name if databases.cluster else str(folder / f"{name}.sqlite3")
    try:
        yield
    finally:
        connections["default"].close()
        if databases.cluster:
            databases.cluster.drop(name)
        connections.settings["default"]["NAME"] = before


@pytest.fixture
def other_server(databases: Databases, tmp_path: Path) -> Callable[[], Any]:
    return lambda: elsewhere(databases, tmp_path, "elsewhere")


def told(http: Any) -> tuple[str | None, str | None]:
    body = http.get(HOLDINGS).json()
    assert set(body) == {"restoredAt", "backedUpUntil"}
    return body["restoredAt"], body["backedUpUntil"]


def test_what_was_there_is_there_again_and_what_came_later_is_unknown(
    terminal: Any,
    parcel: Parcel,
    town: Any,
    http: Any,
    tmp_path: Path,
    open_arrivals: Callable[[], int],
    other_server: Callable[[], Any],
    problem: Callable[[Any], str],
) -> None:
    from kiosk.central.backup import restore, write

    first = parcel.deliver(terminal)
    open_arrivals()
    receipt = terminal.get(f"/v2/submissions/{first}/events").json()["eventLog"]
    path = write(tmp_path / "backups", STARTED)
    later = Parcel(town.tax).deliver(terminal)

    with other_server():
        restore(path)

        assert terminal.get(f"/v2/submissions/{first}/events").json()["eventLog"] == receipt
        answer = terminal.get(f"/v2/submissions/{later}/events")
        assert (answer.status_code, problem(answer)) == (404, "submission-not-found")
        assert actions()[-1] == "database.restored"
        assert Parcel(town.tax).deliver(terminal) not in (first, later)
        assert open_arrivals() == 1
    assert terminal.get(f"/v2/submissions/{later}/events").status_code == 200


def test_a_restored_service_says_so_and_says_the_same_later(
    town: Any, http: Any, tmp_path: Path, other_server: Callable[[], Any]
) -> None:
    from kiosk.central.backup import restore, write

    assert told(http) == (None, None)
    path = write(tmp_path, STARTED)
    assert told(http) == (None, "2026-11-22T13:05:00+00:00")

    with other_server():
        restore(path)
        restored, until = told(http)
        assert restored is not None
        assert datetime.fromisoformat(restored).tzinfo is not None
        assert until is None
        assert told(http) == (restored, None)
        again = write(tmp_path, STARTED.replace(minute=6))
        assert told(http) == (restored, "2026-11-22T13:06:00+00:00")
        assert actions().count("database.backed-up") == 1
    assert again != path
    assert told(http) == (None, "2026-11-22T13:05:00+00:00")


def test_one_restored_without_the_command_says_so_as_well(town: Any, http: Any) -> None:
    """Whatever program put the backup back: the row that says "never restored" is in none."""
    from kiosk.central.models import Holdings

    Holdings.objects.all().delete()

    assert told(http)[0] is not None
    assert actions()[-1] == "database.restored"


def test_a_backup_is_the_owners_and_is_never_written_over(town: Any, http: Any, tmp_path: Path) -> None:
    from kiosk.central.backup import write

    path = write(tmp_path / "backups", STARTED)
    content = path.read_bytes()

    with pytest.raises(CentralError) as caught:
        write(tmp_path / "backups", STARTED)

    assert caught.value.code == "CENTRAL-05"
    assert path.read_bytes() == content
    assert list((tmp_path / "backups").iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.name.startswith("central-20261122T130500Z.")


def test_a_backup_that_cannot_be_finished_leaves_nothing_and_promises_nothing(
    town: Any, http: Any, tmp_path: Path
) -> None:
    from kiosk.central.backup import write

    with files_of_at_most(30_000), pytest.raises(CentralError) as caught:
        write(tmp_path / "backups", STARTED)
    assert caught.value.code == "CENTRAL-01"

    (tmp_path / "file").write_text("")
    with pytest.raises(CentralError) as caught:
        write(tmp_path / "file", STARTED)
    assert caught.value.code == "CENTRAL-01"
    assert told(http) == (None, None)
    assert list((tmp_path / "backups").iterdir()) == []


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """A disk that is full, for this process and those it starts."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_it_holds_sealed_parts_only(
    terminal: Any,
    parcel: Parcel,
    tmp_path: Path,
    open_arrivals: Callable[[], int],
    databases: Databases,
    other_server: Callable[[], Any],
) -> None:
    """Looked at in the database it makes: PostgreSQL's file is compressed."""
    from django.db import connection

    from kiosk.central.backup import restore, write

    submission = parcel.deliver(terminal)
    open_arrivals()
    path = write(tmp_path / "backups", STARTED)

    with other_server():
        restore(path)
        connection.close()
        content = databases.content(connection.settings_dict["NAME"])
    for clear in (b"Beispiel", b"Rufname", parcel.code.encode()):
        assert clear not in content
        assert clear not in path.read_bytes()
    assert any(form in content for form in (str(submission).encode(), submission.hex.encode()))


def test_only_an_empty_database_is_filled(town: Any, http: Any, tmp_path: Path) -> None:
    from kiosk.central.backup import restore, write
    from kiosk.central.models import Client

    path = write(tmp_path, STARTED)
    Client.objects.filter(pk="terminal-2").delete()

    with pytest.raises(CentralError) as caught:
        restore(path)

    assert caught.value.code == "CENTRAL-05"
    assert not Client.objects.filter(pk="terminal-2").exists()
    assert told(http)[0] is None


@pytest.mark.parametrize("damage", ["missing", "no backup", "cut off", "another database"])
def test_what_is_no_whole_backup_fills_nothing(
    town: Any, tmp_path: Path, databases: Databases, other_server: Callable[[], Any], damage: str
) -> None:
    from django.db import connection

    from kiosk.central.backup import restore, write

    path = write(tmp_path / "backups", STARTED)
    damaged(path, damage, databases)

    with other_server():
        with pytest.raises(CentralError) as caught:
            restore(path)
        with connection.cursor() as cursor:
            left = connection.introspection.table_names(cursor)

    assert caught.value.code == "CENTRAL-01"
    assert left == []


def damaged(path: Path, damage: str, databases: Databases) -> None:
    content = path.read_bytes()
    path.unlink()
    match damage:
        case "no backup":
            path.write_bytes(b"Grundsteuer" * 1000)
        case "cut off":
            path.write_bytes(content[: len(content) // 2])
        case "another database":
            another(path, databases)


def another(path: Path, databases: Databases) -> None:
    """Whole, and not central's."""
    import sqlite3
    import subprocess

    if databases.cluster is None:
        sqlite3.connect(path).execute("CREATE TABLE notes (id INTEGER)").connection.close()
        return
    target = databases.cluster.conninfo("postgres")
    subprocess.run(["pg_dump", "--format=custom", f"--file={path}", "--dbname", target], check=True)


def test_a_journal_that_was_left_over_is_not_played_into_the_backup(
    town: Any, tmp_path: Path, other_server: Callable[[], Any]
) -> None:
    """Only SQLite has one, beside its file."""
    from kiosk.central.backup import restore, write

    path = write(tmp_path / "backups", STARTED)
    (tmp_path / "elsewhere.sqlite3-journal").write_bytes(b"\xd9\xd5\x05\xf9 \xa1c\xd7" + b"\xff" * 5000)

    with other_server():
        restore(path)
        assert actions()[-1] == "database.restored"


def test_deliveries_go_on_while_a_backup_is_written(
    terminal: Any, town: Any, http: Any, tmp_path: Path, other_server: Callable[[], Any]
) -> None:
    """What the terminal has a token for from before the start is in it; the others are in it whole, or not at all."""
    import threading

    from django.db import connections

    from kiosk.central import audit
    from kiosk.central.backup import restore, write
    from kiosk.central.models import SealedContent, Submission

    before, written = [Parcel(town.tax).deliver(terminal)], []

    def back_up() -> None:
        written.append(write(tmp_path / "backups", STARTED))
        connections.close_all()

    thread = threading.Thread(target=back_up)
    thread.start()
    during: list[UUID] = []
    while thread.is_alive() or not during:
        during.append(Parcel(town.tax).deliver(terminal))
    thread.join()

    with other_server():
        restore(written[0])
        held = set(Submission.objects.exclude(state=Submission.State.ANNOUNCED).values_list("pk", flat=True))
        assert set(before) <= held <= {*before, *during}
        assert set(SealedContent.objects.values_list("pk", flat=True)) == held
        assert audit.verify() is None
