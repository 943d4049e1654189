from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("central", "0005_key_life")]
    operations = []
