"""The claim says of each run whether a limit holds others back."""

from django.db import migrations

from executions import sql


class Migration(migrations.Migration):
    dependencies = [("executions", "0008_children")]

    operations = [
        migrations.RunSQL(
            "DROP FUNCTION executions_claim(text, int, text, interval, text, int);"
            + sql.read("claim.sql"),
            migrations.RunSQL.noop,
        ),
    ]
