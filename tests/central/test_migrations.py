"""Migrations run forward on a database that an older version filled, and stop at one whose audit chain is broken."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from kiosk.errors import CentralError

from .databases import Databases
from .test_backup import elsewhere

OLD = [("central", "0002_audit_chain"), ("sessions", "0001_initial")]
SUBMISSIONS = 3


@pytest.fixture
def old_database(founded: Any, databases: Databases, tmp_path: Path) -> Iterator[Any]:
    """A database as version 0002 made it; its models."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    with elsewhere(databases, tmp_path, "old"):
        executor = MigrationExecutor(connection)
        executor.migrate(OLD)
        yield executor.loader.project_state(OLD).apps


def fill(apps: Any) -> list[UUID]:
    """A few deliveries and what was recorded of them; the submissions' ids."""
    department = apps.get_model("central", "Department").objects.create(name="Steuern")
    destination = apps.get_model("central", "Destination").objects.create(department=department, name="Hundesteuer")
    apps.get_model("central", "DestinationKey").objects.create(kid="k1", destination=destination, use="enc", jwk={})
    client = apps.get_model("central", "Client").objects.create(id="terminal-1", role="sender", secret_digest="0" * 64)
    record(apps, "command", "client.added", "", {"client": "terminal-1"})
    return [deliver(apps, destination, client) for _ in range(SUBMISSIONS)]


def deliver(apps: Any, destination: Any, client: Any) -> UUID:
    case = apps.get_model("central", "Case").objects.create()
    submission = apps.get_model("central", "Submission").objects.create(
        case=case, destination=destination, client=client, state="submitted", submitted_at=datetime.now(UTC)
    )
    apps.get_model("central", "SealedContent").objects.create(
        submission=submission, metadata="a.b.c.d.e", data="f.g.h.i.j", digest="1" * 64, receipt=uuid4()
    )
    apps.get_model("central", "Attachment").objects.create(
        submission=submission, attachment_id=uuid4(), content="k.l.m.n.o", digest="2" * 64, tag="o"
    )
    for name in ("create-submission", "submit-submission"):
        apps.get_model("central", "Event").objects.create(
            submission=submission, case=case, name=name, at=datetime.now(UTC), payload={"n": 1}
        )
        record(apps, "client:terminal-1", name, str(submission.pk), {"ä": [1, None], "a": 0.5})
    return UUID(str(submission.pk))


def record(apps: Any, actor: str, action: str, subject: str, detail: dict[str, Any]) -> None:
    """An entry as that version chained it: SHA-256 over the previous hash and what the entry says."""
    head = apps.get_model("central", "AuditHead").objects.get(id=1)
    number, at = head.number + 1, datetime(2026, 11, 22, 13, 7, 0, 5, tzinfo=UTC) + timedelta(seconds=head.number)
    body = [head.hash, number, at.isoformat(timespec="microseconds"), actor, action, subject, detail]
    hashed = hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    apps.get_model("central", "AuditEntry").objects.create(
        number=number,
        at=at,
        actor=actor,
        action=action,
        subject=subject,
        detail=detail,
        previous=head.hash,
        hash=hashed,
    )
    head.number, head.hash = number, hashed
    head.save()


def test_a_filled_database_comes_forward_whole(old_database: Any, founded: Any) -> None:
    from kiosk.central import audit, commands
    from kiosk.central.models import Attachment, AuditRecord, DestinationKey, Event, SealedContent, Submission

    submissions = fill(old_database)

    assert commands.migrate(founded.config)

    assert not commands.migrate(founded.config)
    assert audit.verify() is None
    assert set(Submission.objects.values_list("pk", flat=True)) == set(submissions)
    assert SealedContent.objects.count() == Attachment.objects.count() == SUBMISSIONS
    assert list(Event.objects.values_list("name", flat=True)) == ["create-submission", "submit-submission"] * 3
    assert AuditRecord.objects.count() == 1 + 2 * SUBMISSIONS
    assert AuditRecord.objects.get(pk=2).detail == {"ä": [1, None], "a": 0.5}
    assert DestinationKey.objects.get(pk="k1").revoked_at is None


def test_what_is_recorded_then_continues_the_chain(old_database: Any, founded: Any) -> None:
    from kiosk.central import audit, commands, town
    from kiosk.central.models import AuditRecord

    fill(old_database)
    commands.migrate(founded.config)

    town.add_department("Ordnung")

    assert audit.verify() is None
    assert AuditRecord.objects.latest("pk").action == "department.added"
    assert AuditRecord.objects.latest("pk").pk == 2 + 2 * SUBMISSIONS


def test_a_migrated_database_was_never_restored(old_database: Any, founded: Any) -> None:
    from kiosk.central import commands, holdings

    fill(old_database)
    commands.migrate(founded.config)

    assert holdings.current().restored_at is None


@pytest.mark.parametrize(("wrong", "entry"), [({"actor": "somebody"}, 2), ({"hash": "3" * 64}, 2), ({"number": 99}, 2)])
def test_a_broken_chain_is_not_migrated(old_database: Any, founded: Any, wrong: dict[str, Any], entry: int) -> None:
    from django.db import connection

    from kiosk.central import commands

    fill(old_database)
    suffix = " ON central_auditentry" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER audit_update{suffix}")  # what somebody with the database could do
    entries = old_database.get_model("central", "AuditEntry").objects
    entries.filter(number=entry).update(**wrong)

    with pytest.raises(CentralError, match=f"broken at entry {entry}") as caught:
        commands.migrate(founded.config)

    assert caught.value.code == "CENTRAL-01"
    assert entries.count() == 1 + 2 * SUBMISSIONS
    with connection.cursor() as cursor:
        assert "central_auditbatch" not in connection.introspection.table_names(cursor)
