from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("central", "0003_audit_batches")]
    operations = []
