"""What waits to be opened is found without looking at all that ever arrived.

PostgreSQL keeps sealed parts as they are: what is encrypted does not get smaller, so trying costs time for nothing.
"""

from django.db import migrations, models

SEALED = [("sealedcontent", "metadata"), ("sealedcontent", "data"), ("attachment", "content")]


def find_unopened(apps, schema_editor):
    submissions = apps.get_model("central", "Submission").objects
    submissions.exclude(state="announced").filter(opened=None).update(unopened=True)


def keep_as_it_is(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, column in SEALED:
            schema_editor.execute(f"ALTER TABLE central_{table} ALTER COLUMN {column} SET STORAGE EXTERNAL")


class Migration(migrations.Migration):
    dependencies = [("central", "0005_key_life")]
    operations = [
        migrations.AddField(model_name="submission", name="unopened", field=models.BooleanField(default=False)),
        migrations.RunPython(find_unopened, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("unopened", True)), fields=["submitted_at"], name="submission_unopened"
            ),
        ),
        migrations.RemoveField(model_name="sealedcontent", name="receipt"),
        migrations.RunPython(keep_as_it_is, migrations.RunPython.noop),
    ]
