"""Keys can be revoked, the town's signed key list is published, and a restored database knows that it was restored."""

from django.db import migrations, models


def never_restored(apps, schema_editor):
    apps.get_model("central", "Holdings").objects.create(id=1)


class Migration(migrations.Migration):
    dependencies = [("central", "0004_delivery_service")]
    operations = [
        migrations.AddField(
            model_name="destinationkey",
            name="revoked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="SignedKeyList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("published_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="Holdings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("restored_at", models.DateTimeField(null=True)),
                ("backed_up_until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RunPython(never_restored, migrations.RunPython.noop),
    ]
