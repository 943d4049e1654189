"""The audit chain: whatever happened is in it, and nobody changes it unseen."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from .conftest import Parcel


def change(*statements: str) -> None:
    """What somebody with the database could do: take the guards away, then write."""
    from django.db import connection

    guards = {"sqlite": "DROP TRIGGER IF EXISTS {}", "postgresql": "ALTER TABLE central_audit{} DISABLE TRIGGER USER"}
    names = {"sqlite": ("audit_record_update", "audit_record_delete", "audit_batch_update", "audit_batch_delete")}
    with connection.cursor() as cursor:
        for name in names.get(connection.vendor, ("record", "batch")):
            cursor.execute(guards[connection.vendor].format(name))
        for statement in statements:
            cursor.execute(statement)


def fault() -> tuple[int, int, str] | None:
    from kiosk.central.audit import verify

    found = verify()
    return (found.batch, found.record, found.what) if found else None


@pytest.fixture
def filled(terminal: Any, parcel: Parcel, open_arrivals: Any) -> list[int]:
    """A chain of one batch with something in it; the ids of its records."""
    from kiosk.central.audit import seal
    from kiosk.central.models import AuditRecord

    parcel.deliver(terminal)
    open_arrivals()
    seal()
    return list(AuditRecord.objects.values_list("id", flat=True))


@pytest.fixture
def two_batches(filled: list[int]) -> list[int]:
    """A chain of two; the ids of the second one's records."""
    from kiosk.central.audit import record, seal
    from kiosk.central.models import AuditRecord

    with transaction_of_its_own():
        record("somebody", "did.something")
        record("somebody", "did.more")
    seal()
    return list(AuditRecord.objects.filter(batch=2).values_list("id", flat=True))


def transaction_of_its_own() -> Any:
    from django.db import transaction

    return transaction.atomic()


def test_a_delivery_leaves_its_trace(filled: list[int]) -> None:
    from kiosk.central.models import AuditRecord

    actions = list(AuditRecord.objects.values_list("action", flat=True))

    assert actions[-3:] == ["submission.announced", "submission.submitted", "submission.verified"]
    assert fault() is None


def test_the_database_itself_refuses_changes(filled: list[int]) -> None:
    from django.db import DatabaseError, transaction

    from kiosk.central.models import AuditRecord

    for attempt in (lambda: AuditRecord.objects.update(actor="x"), lambda: AuditRecord.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    with pytest.raises(TypeError):
        AuditRecord.objects.first().delete()
    assert fault() is None


@pytest.mark.parametrize("change_to", ["actor = 'x'", "action = 'x'", "subject = 'x'", "at = '2020-01-01 00:00:00+00'"])
def test_a_changed_record_is_found(filled: list[int], change_to: str) -> None:
    change(f"UPDATE central_auditrecord SET {change_to} WHERE id = {filled[2]}")  # noqa: S608

    assert fault() == (1, filled[2], "changed")


def test_a_changed_detail_is_found(filled: list[int]) -> None:
    change(f"""UPDATE central_auditrecord SET detail = '{{"attachments": 7}}' WHERE id = {filled[2]}""")  # noqa: S608

    assert fault() == (1, filled[2], "changed")


def test_a_record_whose_digest_was_changed_with_it_is_found(filled: list[int]) -> None:
    from kiosk.central.audit import digest_of
    from kiosk.central.models import AuditRecord

    entry = AuditRecord.objects.get(pk=filled[2])
    forged = digest_of(entry.at, "x", entry.action, entry.subject, entry.detail)
    change(f"UPDATE central_auditrecord SET actor = 'x', digest = '{forged}' WHERE id = {filled[2]}")  # noqa: S608

    assert fault() == (1, 0, "out of order")


def test_a_removed_record_is_found(filled: list[int]) -> None:
    change(f"DELETE FROM central_auditrecord WHERE id = {filled[3]}")  # noqa: S608

    assert fault() == (1, filled[3], "missing")


def test_a_record_that_was_slipped_into_a_sealed_batch_is_found(filled: list[int]) -> None:
    from kiosk.central.audit import record, seal
    from kiosk.central.models import AuditRecord

    with transaction_of_its_own():
        record("somebody", "did.something")
    late = AuditRecord.objects.latest("id").pk
    change(f"UPDATE central_auditrecord SET batch = 1 WHERE id = {late}")  # noqa: S608

    assert seal() == 0
    assert fault() == (1, late, "added")


def test_records_whose_places_were_swapped_are_found(filled: list[int]) -> None:
    one, other = filled[2:4]
    change(
        f"UPDATE central_auditrecord SET batch = NULL, id = -1 WHERE id = {one}",  # noqa: S608
        f"UPDATE central_auditrecord SET id = {one} WHERE id = {other}",  # noqa: S608
        f"UPDATE central_auditrecord SET batch = 1, id = {other} WHERE id = -1",  # noqa: S608
    )

    assert fault() == (1, 0, "out of order")


class TestBatches:
    def test_a_removed_end_is_found(self, two_batches: list[int]) -> None:
        change("DELETE FROM central_auditbatch WHERE number = 2", "DELETE FROM central_auditrecord WHERE batch = 2")

        assert fault() == (2, 0, "missing at the end")

    def test_a_removed_beginning_is_found(self, two_batches: list[int]) -> None:
        change("DELETE FROM central_auditbatch WHERE number = 1", "DELETE FROM central_auditrecord WHERE batch = 1")

        assert fault() == (1, 0, "missing")

    def test_a_batch_that_hangs_on_another_one_is_found(self, two_batches: list[int]) -> None:
        change("UPDATE central_auditbatch SET previous = '" + "0" * 64 + "' WHERE number = 2")

        assert fault() == (2, 0, "out of order")

    def test_records_of_a_batch_that_nobody_made_are_found(self, two_batches: list[int]) -> None:
        change(f"UPDATE central_auditrecord SET batch = 9 WHERE id = {two_batches[-1]}")  # noqa: S608

        assert fault() == (2, two_batches[-1], "missing")

    def test_sealing_again_changes_nothing(self, two_batches: list[int]) -> None:
        from kiosk.central.audit import seal

        assert seal() == 0
        assert fault() is None


def test_two_who_seal_at_once_make_one_chain(filled: list[int]) -> None:
    from django.db import connections

    from kiosk.central.audit import record, seal

    def work(number: int) -> None:
        for step in range(5):
            with transaction_of_its_own():
                record(f"somebody-{number}", "did.something", detail={"step": step})
            seal()
        connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert fault() is None


def test_a_record_belongs_into_the_transaction_of_what_it_records(town: Any) -> None:
    from django.db import transaction

    from kiosk.central import audit
    from kiosk.central.models import AuditRecord

    before = AuditRecord.objects.count()
    with pytest.raises(RuntimeError):
        audit.record("somebody", "did.something")
    with transaction.atomic():
        audit.record("somebody", "did.something")
        transaction.set_rollback(True)
    assert AuditRecord.objects.count() == before
    assert fault() is None


def test_it_names_nobody_and_nothing_personal(filled: list[int], parcel: Parcel) -> None:
    from kiosk.central.models import AuditRecord

    text = repr([vars(entry) for entry in AuditRecord.objects.all()])

    assert "Ada" not in text
    assert parcel.reference not in text
