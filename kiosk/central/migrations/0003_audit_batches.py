"""The audit chain in batches: what was recorded is verified once more, copied, and sealed anew.

A database whose chain is broken is not migrated: first it must be known why.
"""

import hashlib
import json
from datetime import UTC

from django.db import migrations, models

START = "0" * 64
BATCH = 1000

SQLITE = [
    """CREATE TRIGGER audit_record_update BEFORE UPDATE ON central_auditrecord
       WHEN OLD.batch IS NOT NULL OR NEW.batch IS NULL OR NEW.id <> OLD.id OR NEW.at <> OLD.at
         OR NEW.actor <> OLD.actor OR NEW.action <> OLD.action OR NEW.subject <> OLD.subject
         OR NEW.detail <> OLD.detail OR NEW.digest <> OLD.digest
       BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END""",
    """CREATE TRIGGER audit_record_delete BEFORE DELETE ON central_auditrecord
       BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END""",
    """CREATE TRIGGER audit_batch_update BEFORE UPDATE ON central_auditbatch
       BEGIN SELECT RAISE(ABORT, 'audit batches are append-only'); END""",
    """CREATE TRIGGER audit_batch_delete BEFORE DELETE ON central_auditbatch
       BEGIN SELECT RAISE(ABORT, 'audit batches are append-only'); END""",
]
POSTGRESQL = [
    """CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'audit records are append-only'; END $$""",
    """CREATE TRIGGER audit_record_update BEFORE UPDATE ON central_auditrecord FOR EACH ROW
       WHEN (OLD.batch IS NOT NULL OR NEW.batch IS NULL
         OR (NEW.id, NEW.at, NEW.actor, NEW.action, NEW.subject, NEW.detail, NEW.digest)
            IS DISTINCT FROM (OLD.id, OLD.at, OLD.actor, OLD.action, OLD.subject, OLD.detail, OLD.digest))
       EXECUTE FUNCTION audit_append_only()""",
    """CREATE TRIGGER audit_record_delete BEFORE DELETE ON central_auditrecord
       FOR EACH ROW EXECUTE FUNCTION audit_append_only()""",
    """CREATE TRIGGER audit_batch_change BEFORE UPDATE OR DELETE ON central_auditbatch
       FOR EACH ROW EXECUTE FUNCTION audit_append_only()""",
]


def protect(apps, schema_editor):
    statements = {"sqlite": SQLITE, "postgresql": POSTGRESQL}.get(schema_editor.connection.vendor, [])
    for statement in statements:
        schema_editor.execute(statement, params=None)


def unprotect_entries(apps, schema_editor):
    suffix = " ON central_auditentry" if schema_editor.connection.vendor == "postgresql" else ""
    for verb in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS audit_{verb}{suffix}", params=None)


def _sha256(body, **options):
    return hashlib.sha256(json.dumps(body, separators=(",", ":"), **options).encode()).hexdigest()


def seal_anew(apps, schema_editor):
    entries = apps.get_model("central", "AuditEntry").objects.order_by("number")
    record, batch = apps.get_model("central", "AuditRecord"), apps.get_model("central", "AuditBatch")
    old_end, end, number, waiting, expected = START, START, 0, [], 1

    def seal():
        nonlocal end, number
        number += 1
        pairs = [[made.id, made.digest] for made in waiting]
        record.objects.bulk_create(waiting)
        sealed = _sha256([end, number, pairs])
        batch.objects.create(
            number=number, sealed_at=waiting[-1].at, records=[pair[0] for pair in pairs], previous=end, hash=sealed
        )
        end = sealed
        waiting.clear()

    for entry in entries.iterator(chunk_size=BATCH):
        at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
        said = [at, entry.actor, entry.action, entry.subject, entry.detail]
        old = _sha256([old_end, entry.number, *said], sort_keys=True)
        if (entry.number, entry.previous, entry.hash) != (expected, old_end, old):
            raise RuntimeError(f"the audit chain is broken at entry {expected}: not migrated")
        old_end, expected = old, expected + 1
        fields = {name: getattr(entry, name) for name in ("at", "actor", "action", "subject", "detail")}
        waiting.append(record(id=entry.number, digest=_sha256(said, sort_keys=True), batch=number + 1, **fields))
        if len(waiting) == BATCH:
            seal()
    if waiting:
        seal()
    apps.get_model("central", "AuditHead").objects.filter(id=1).update(number=number, hash=end)


def continue_numbers(apps, schema_editor):
    """PostgreSQL does not count rows that came with their id."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "SELECT setval(pg_get_serial_sequence('central_auditrecord', 'id'),"
            " coalesce((SELECT max(id) FROM central_auditrecord), 1),"
            " EXISTS (SELECT FROM central_auditrecord))",
            params=None,
        )


class Migration(migrations.Migration):
    dependencies = [("central", "0002_audit_chain")]
    operations = [
        migrations.CreateModel(
            name="AuditBatch",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("sealed_at", models.DateTimeField()),
                ("records", models.JSONField()),
                ("previous", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="AuditRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=120)),
                ("action", models.CharField(max_length=60)),
                ("subject", models.CharField(blank=True, max_length=60)),
                ("detail", models.JSONField(default=dict)),
                ("digest", models.CharField(max_length=64)),
                ("batch", models.PositiveBigIntegerField(null=True)),
            ],
            options={"ordering": ("id",)},
        ),
        migrations.RunPython(seal_anew, migrations.RunPython.noop),
        migrations.RunPython(continue_numbers, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="auditrecord",
            index=models.Index(condition=models.Q(("batch", None)), fields=["id"], name="audit_unsealed"),
        ),
        migrations.AddIndex(
            model_name="auditrecord", index=models.Index(fields=["batch"], name="audit_batch")
        ),
        migrations.RunPython(unprotect_entries, migrations.RunPython.noop),
        migrations.DeleteModel(name="AuditEntry"),
        migrations.RunPython(protect, migrations.RunPython.noop),
    ]
