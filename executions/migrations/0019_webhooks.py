"""Webhooks: a trigger writes what is to be announced, and the deliveries that it writes."""

import django.db.models.functions.datetime
from django.db import migrations, models

from executions import sql


class Migration(migrations.Migration):
    dependencies = [
        ("executions", "0018_feeds"),
        ("modules", "0008_webhook"),
    ]

    operations = [
        migrations.CreateModel(
            name="SigningSecret",
            fields=[
                ("org_id", models.TextField(primary_key=True, serialize=False)),
                ("key_id", models.TextField()),
                ("box", models.BinaryField()),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "db_table": "executions_signing_secret",
            },
        ),
        migrations.AddField(
            model_name="run",
            name="webhook",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="run",
            name="webhook_secret",
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="webhook_url",
            field=models.TextField(null=True),
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("org_id", models.TextField()),
                ("execution_id", models.TextField()),
                ("module_id", models.TextField()),
                ("webhook_id", models.TextField(null=True)),
                ("url", models.TextField()),
                ("host", models.TextField()),
                ("secret_name", models.TextField(null=True)),
                ("outcome", models.TextField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("pending", "Pending"),
                            ("delivered", "Delivered"),
                            ("failed", "Failed"),
                        ],
                        db_default="pending",
                        default="pending",
                    ),
                ),
                ("attempts", models.IntegerField(db_default=0, default=0)),
                (
                    "due_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("lease", models.UUIDField(null=True)),
                ("last_status", models.IntegerField(null=True)),
                ("last_error", models.TextField(db_default="", default="")),
                ("last_body", models.TextField(db_default="", default="")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["due_at"],
                        name="executions_delivery_due",
                    ),
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["org_id", "host", "due_at"],
                        name="executions_delivery_pile",
                    ),
                    models.Index(
                        condition=models.Q(("lease__isnull", False)),
                        fields=["org_id", "host"],
                        name="executions_delivery_in_hand",
                    ),
                    models.Index(
                        fields=["org_id", "-created_at"], name="executions_delivery_listing"
                    ),
                    models.Index(
                        condition=models.Q(("settled_at__isnull", False)),
                        fields=["settled_at"],
                        name="executions_delivery_over",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_at__isnull", True), ("state", "pending")),
                            models.Q(
                                models.Q(("state", "pending"), _negated=True),
                                ("lease__isnull", True),
                                ("settled_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="delivery_settled_is_over",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            sql.read("webhooks_due.sql"),
            "DROP TRIGGER IF EXISTS executions_webhooks_due ON executions_run;"
            "DROP FUNCTION IF EXISTS executions_webhooks_due();",
        ),
    ]
