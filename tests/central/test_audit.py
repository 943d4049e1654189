"""The audit chain: whatever happened is in it, and nobody changes it unseen."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Parcel


def change(statement: str) -> None:
    """What somebody with the database file could do: take the guards away, then write."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS audit_update")
        cursor.execute("DROP TRIGGER IF EXISTS audit_delete")
        cursor.execute(statement)


def fault() -> tuple[int, str] | None:
    from kiosk.central.audit import verify

    found = verify()
    return (found.number, found.what) if found else None


@pytest.fixture
def filled(terminal: Any, parcel: Parcel, open_arrivals: Any) -> int:
    """A chain with something in it; its length."""
    from kiosk.central.models import AuditEntry

    parcel.deliver(terminal)
    open_arrivals()
    return AuditEntry.objects.count()


def test_a_delivery_leaves_its_trace(filled: int) -> None:
    from kiosk.central.models import AuditEntry

    actions = list(AuditEntry.objects.values_list("action", flat=True))

    assert actions[-3:] == ["submission.announced", "submission.submitted", "submission.verified"]
    assert fault() is None


def test_the_database_itself_refuses_changes(filled: int) -> None:
    from django.db import DatabaseError, transaction

    from kiosk.central.models import AuditEntry

    for attempt in (lambda: AuditEntry.objects.update(actor="x"), lambda: AuditEntry.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    with pytest.raises(TypeError):
        AuditEntry.objects.first().delete()
    assert fault() is None


@pytest.mark.parametrize("column", ["actor", "action", "subject"])
def test_a_changed_entry_is_found(filled: int, column: str) -> None:
    change(f"UPDATE central_auditentry SET {column} = 'x' WHERE number = 3")  # noqa: S608

    assert fault() == (3, "changed")


def test_a_changed_time_or_detail_is_found(filled: int) -> None:
    change("UPDATE central_auditentry SET at = '2020-01-01 00:00:00' WHERE number = 4")
    assert fault() == (4, "changed")


def test_a_removed_entry_is_found(filled: int) -> None:
    change("DELETE FROM central_auditentry WHERE number = 4")

    assert fault() == (4, "missing")


def test_a_removed_end_is_found(filled: int) -> None:
    change(f"DELETE FROM central_auditentry WHERE number = {filled}")  # noqa: S608

    assert fault() == (filled, "missing at the end")


def test_reordered_entries_are_found(filled: int) -> None:
    change("UPDATE central_auditentry SET number = 1007 - number WHERE number IN (3, 4)")
    change("UPDATE central_auditentry SET number = number - 1000 WHERE number > 1000")

    assert fault() == (3, "out of order")


def test_an_entry_belongs_into_the_transaction_of_what_it_records(town: Any) -> None:
    from django.db import transaction

    from kiosk.central import audit
    from kiosk.central.models import AuditEntry

    before = AuditEntry.objects.count()
    with pytest.raises(RuntimeError):
        audit.record("somebody", "did.something")
    with transaction.atomic():
        audit.record("somebody", "did.something")
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == before
    assert fault() is None


def test_it_names_nobody_and_nothing_personal(filled: int, parcel: Parcel) -> None:
    from kiosk.central.models import AuditEntry

    text = repr([vars(entry) for entry in AuditEntry.objects.all()])

    assert "Ada" not in text
    assert parcel.reference not in text
