from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("central", "0004_delivery_service")]
    operations = []
