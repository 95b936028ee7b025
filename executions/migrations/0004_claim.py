"""The claim and the gate trigger, anew: kill switch, weights of plans, lanes of children."""

from django.db import migrations

from executions import sql


class Migration(migrations.Migration):
    dependencies = [
        ("executions", "0003_control"),
        ("modules", "0002_policy"),
        ("tenancy", "0002_plans"),
    ]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION executions_claim(text, int, text, interval, text, int);"
            + sql.read("claim.sql")
            + sql.read("regate.sql"),
            migrations.RunSQL.noop,
        ),
    ]
