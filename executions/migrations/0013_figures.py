"""Figures of what ended, kept by the hour."""

import django.contrib.postgres.indexes
from django.db import migrations, models

from executions import sql


class Migration(migrations.Migration):
    dependencies = [
        ("executions", "0012_steps"),
    ]

    operations = [
        migrations.CreateModel(
            name="FiguresUntil",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("until", models.DateTimeField()),
            ],
            options={
                "db_table": "executions_figuresuntil",
            },
        ),
        migrations.CreateModel(
            name="Hour",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("org_id", models.TextField()),
                ("module_id", models.TextField()),
                ("hour", models.DateTimeField()),
                ("completed", models.BigIntegerField()),
                ("failed", models.BigIntegerField()),
                ("timed_out", models.BigIntegerField()),
                ("cancelled", models.BigIntegerField()),
                ("lost", models.BigIntegerField()),
                ("durations", models.JSONField(default=dict)),
                ("cost_usd", models.DecimalField(decimal_places=9, max_digits=20)),
                ("tokens", models.BigIntegerField()),
            ],
            options={
                "db_table": "executions_hour",
            },
        ),
        migrations.AddIndex(
            model_name="run",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True,
                fields=["finished_at"],
                name="executions_run_ended",
                pages_per_range=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="figuresuntil",
            constraint=models.CheckConstraint(
                condition=models.Q(("id", 1)), name="figuresuntil_is_one"
            ),
        ),
        migrations.AddIndex(
            model_name="hour",
            index=models.Index(fields=["hour"], name="executions_hour_since"),
        ),
        migrations.AddConstraint(
            model_name="hour",
            constraint=models.UniqueConstraint(
                fields=("org_id", "module_id", "hour"), name="hour_once"
            ),
        ),
        migrations.RunSQL(sql.read("figures.sql"), migrations.RunSQL.noop),
    ]
