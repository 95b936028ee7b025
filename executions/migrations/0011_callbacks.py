"""Answers of remote servers; the claim says where a module runs and which task a run belongs to."""

import django.db.models.functions.datetime
from django.db import migrations, models

from executions import sql


class Migration(migrations.Migration):
    dependencies = [("executions", "0010_awaited")]

    operations = [
        migrations.CreateModel(
            name="Callback",
            fields=[
                ("execution_id", models.TextField(primary_key=True, serialize=False)),
                ("org_id", models.TextField()),
                ("attempt", models.IntegerField()),
                ("body", models.TextField()),
                (
                    "received_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
        ),
        migrations.RunSQL(
            "DROP FUNCTION executions_claim(text, int, text, interval, text, int);"
            + sql.read("claim.sql"),
            migrations.RunSQL.noop,
        ),
    ]
