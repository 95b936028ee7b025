"""Steps and approvals of executions, and the claim says of each run whether it has any."""

import django.db.models.functions.datetime
from django.db import migrations, models

from executions import sql


class Migration(migrations.Migration):
    dependencies = [
        ("executions", "0011_callbacks"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="checkpointed",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="run",
            name="decisions",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="run",
            name="suspended",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("execution_id", models.TextField()),
                ("org_id", models.TextField()),
                ("step", models.TextField()),
                ("title", models.TextField()),
                ("message", models.TextField(db_default="", default="")),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("pending", "Pending"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("expired", "Expired"),
                        ],
                        db_default="pending",
                        default="pending",
                    ),
                ),
                (
                    "asked_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("expires_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.TextField(db_default="", default="")),
                ("comment", models.TextField(db_default="", default="")),
            ],
            options={
                "db_table": "executions_approval",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["org_id", "expires_at"],
                        name="executions_approval_pending",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("execution_id", "step"), name="approval_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "pending"), ("decided_at__isnull", False), _connector="OR"
                        ),
                        name="approval_decided_has_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("execution_id", models.TextField()),
                ("org_id", models.TextField()),
                ("step", models.TextField()),
                ("index", models.IntegerField(db_default=-1, default=-1)),
                (
                    "status",
                    models.TextField(
                        choices=[
                            ("completed", "Completed"),
                            ("failed", "Failed"),
                            ("skipped", "Skipped"),
                            ("waiting", "Waiting"),
                        ]
                    ),
                ),
                ("attempt", models.IntegerField()),
                ("output", models.TextField(null=True)),
                ("error", models.TextField(db_default="", default="")),
                (
                    "started_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "finished_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "db_table": "executions_step",
                "indexes": [models.Index(fields=["org_id", "-id"], name="executions_step_listing")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("execution_id", "step", "index"), name="step_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "DROP FUNCTION executions_claim(text, int, text, interval, text, int);"
            + sql.read("claim.sql"),
            migrations.RunSQL.noop,
        ),
    ]
