"""The claim's conditions as functions that `waiting_because` asks, too; circuits; wake-ups and
exact pauses whoever changes a policy."""

from django.db import migrations

from executions import sql


class Migration(migrations.Migration):
    dependencies = [
        ("executions", "0004_claim"),
        ("modules", "0002_policy"),
        ("tenancy", "0002_plans"),
    ]

    operations = [
        migrations.RunSQL(
            sql.read("limits.sql")
            + sql.read("claim.sql")
            + sql.read("circuit.sql")
            + sql.read("policy_changed.sql"),
            migrations.RunSQL.noop,
        ),
    ]
