"""The head of the audit chain, and a database that refuses to change or delete an entry."""

from django.db import migrations

START = "0" * 64

SQLITE = [
    """CREATE TRIGGER audit_{name} BEFORE {verb} ON central_auditentry
       BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END""",
]
POSTGRESQL = [
    """CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'audit entries are append-only'; END $$""",
    """CREATE TRIGGER audit_{name} BEFORE {verb} ON central_auditentry
       FOR EACH ROW EXECUTE FUNCTION audit_append_only()""",
]


def protect(apps, schema_editor):
    statements = {"sqlite": SQLITE, "postgresql": POSTGRESQL}.get(schema_editor.connection.vendor, [])
    for verb in ("UPDATE", "DELETE"):
        for statement in statements:
            schema_editor.execute(statement.replace("{name}", verb.lower()).replace("{verb}", verb), params=None)


def unprotect(apps, schema_editor):
    suffix = " ON central_auditentry" if schema_editor.connection.vendor == "postgresql" else ""
    for verb in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS audit_{verb}{suffix}", params=None)


def begin_chain(apps, schema_editor):
    apps.get_model("central", "AuditHead").objects.create(id=1, number=0, hash=START)


def forget_chain(apps, schema_editor):
    apps.get_model("central", "AuditHead").objects.filter(id=1).delete()


class Migration(migrations.Migration):
    dependencies = [("central", "0001_initial")]
    operations = [
        migrations.RunPython(begin_chain, forget_chain),
        migrations.RunPython(protect, unprotect),
    ]
