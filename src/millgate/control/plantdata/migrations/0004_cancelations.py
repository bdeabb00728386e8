"""Operations of jobs can be cancelled; numbers that a plant gave its cancelations make room for recorded ones.

Cancelations that are recorded have numbers from 1 on, as `millgate.plant.writing.job_numbers` promises it.
"""

from django.db import migrations, models

# A migration keeps what it was written with.
FIRST_OWN_NUMBER = 5_000_000_000

_MOVE = (
    f"UPDATE plant_job SET cancelation_id = cancelation_id + {FIRST_OWN_NUMBER - 1}"
    f" WHERE cancelation_id < {FIRST_OWN_NUMBER}"
)


class Migration(migrations.Migration):
    dependencies = [("plantdata", "0003_changes_and_idempotency")]
    operations = [
        migrations.AddField("joboperation", "cancelation_id", models.BigIntegerField(null=True)),
        migrations.RunSQL(_MOVE, migrations.RunSQL.noop),
    ]
