"""Buckets of calls, unlogged, and what takes from them; an organization's own limit."""

from pathlib import Path

from django.db import migrations, models

_TAKE = Path(__file__).resolve().parent.parent / "take.sql"


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0004_secret"),
    ]

    operations = [
        migrations.CreateModel(
            name="Bucket",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("tokens", models.FloatField()),
                ("filled_at", models.DateTimeField()),
            ],
            options={"db_table": "tenancy_bucket"},
        ),
        migrations.AddField(
            model_name="orgpolicy",
            name="rate_per_s",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="orgpolicy",
            name="rate_burst",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="orgpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("rate_per_s__gt", 0)), name="org_rate_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="orgpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("rate_burst__gte", 1)), name="org_burst_positive"
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE tenancy_bucket SET UNLOGGED;" + _TAKE.read_text(encoding="utf-8"),
            "DROP FUNCTION tenancy_take(text, text[], float8[], float8[], float8, float8[]);",
        ),
    ]
