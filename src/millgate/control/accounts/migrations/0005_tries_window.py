import datetime

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_sign_in")]
    operations = [
        migrations.AddField(
            model_name="signintries",
            name="since",
            field=models.DateTimeField(default=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)),
            preserve_default=False,
        )
    ]
