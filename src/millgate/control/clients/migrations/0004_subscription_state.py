"""What waits for approval is found without reading every subscription."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0003_signing_key_lives"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["state", "created_at"], name="clients_subscription_state"),
        ),
    ]
