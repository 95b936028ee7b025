"""Numbered versions of modules' configs."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("modules", "0004_paused_by"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConfigVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("module_id", models.TextField()),
                ("org_id", models.TextField()),
                ("version", models.IntegerField()),
                ("python_module", models.TextField()),
                ("endpoint", models.TextField(null=True)),
                ("config", models.TextField(null=True)),
                ("author", models.TextField()),
                ("reason", models.TextField(db_default="", default="")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "db_table": "modules_config_version",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("module_id", "version"), name="config_version_once"
                    )
                ],
            },
        ),
    ]
