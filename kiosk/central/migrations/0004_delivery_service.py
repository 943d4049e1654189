"""Submissions can be forwarded and erased; indexes that no call looks into are gone: every delivery paid for them."""

import django.db.models.deletion
from django.db import migrations, models

PROTECT, CASCADE = django.db.models.deletion.PROTECT, django.db.models.deletion.CASCADE
STATES = ["announced", "submitted", "accepted", "rejected", "forwarded"]


class Migration(migrations.Migration):
    dependencies = [("central", "0003_audit_batches")]
    operations = [
        migrations.RemoveIndex(model_name="submission", name="submission_age"),
        migrations.AddField(
            model_name="submission", name="erased_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="submission",
            name="forwards",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=PROTECT,
                related_name="forwarded",
                to="central.submission",
            ),
        ),
        migrations.AlterField(
            model_name="attachment",
            name="submission",
            field=models.ForeignKey(
                db_index=False, on_delete=CASCADE, related_name="attachments", to="central.submission"
            ),
        ),
        migrations.AlterField(
            model_name="submission",
            name="client",
            field=models.ForeignKey(
                db_index=False, on_delete=PROTECT, related_name="submissions", to="central.client"
            ),
        ),
        migrations.AlterField(
            model_name="submission",
            name="destination",
            field=models.ForeignKey(
                db_index=False, on_delete=PROTECT, related_name="submissions", to="central.destination"
            ),
        ),
        migrations.AlterField(
            model_name="submission",
            name="state",
            field=models.CharField(
                choices=[(state, state.capitalize()) for state in STATES], default="announced", max_length=10
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("state", "announced")), fields=["created_at"], name="submission_announced"
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("decided_at__isnull", False), ("erased_at", None)),
                fields=["decided_at"],
                name="submission_decided",
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("forwards__isnull", False)), fields=["forwards"], name="submission_forwards"
            ),
        ),
    ]
