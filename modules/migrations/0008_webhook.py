"""Webhooks of modules."""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

import modules.webhook


class Migration(migrations.Migration):
    dependencies = [
        ("modules", "0007_names"),
    ]

    operations = [
        migrations.CreateModel(
            name="ModuleWebhook",
            fields=[
                (
                    "id",
                    models.TextField(
                        default=modules.webhook.new_id, primary_key=True, serialize=False
                    ),
                ),
                ("org_id", models.TextField()),
                ("module_id", models.TextField()),
                ("url", models.TextField()),
                ("key_id", models.TextField()),
                ("box", models.BinaryField()),
                (
                    "outcomes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        default=modules.webhook.every_outcome,
                        size=None,
                    ),
                ),
                ("enabled", models.BooleanField(db_default=True, default=True)),
                ("disabled_because", models.TextField(db_default="", default="")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "changed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("changed_by", models.TextField(db_default="", default="")),
            ],
            options={
                "db_table": "modules_webhook",
                "indexes": [models.Index(fields=["module_id"], name="webhook_of_module")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "outcomes__contained_by",
                                ["completed", "failed", "cancelled", "timed_out", "lost"],
                            )
                        ),
                        name="webhook_outcomes",
                    )
                ],
            },
        ),
    ]
