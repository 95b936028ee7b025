"""The claim gives each run the config that it was accepted with."""

from django.db import migrations

from executions import sql


class Migration(migrations.Migration):
    dependencies = [("executions", "0014_listing"), ("modules", "0006_config_version")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION executions_claim(text, int, text, interval, text, int);"
            + sql.read("claim.sql"),
            migrations.RunSQL.noop,
        ),
    ]
