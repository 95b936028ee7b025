"""Who changed what."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0005_limits"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("org_id", models.TextField(db_default="", default="")),
                ("by", models.TextField()),
                ("verb", models.TextField()),
                ("model", models.TextField()),
                ("object_id", models.TextField()),
                ("label", models.TextField(db_default="", default="")),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("address", models.TextField(db_default="", default="")),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit log",
                "db_table": "tenancy_audit",
                "indexes": [models.Index(fields=["org_id", "-id"], name="tenancy_audit_listing")],
            },
        ),
    ]
