"""What models cannot say: the claim, the gate trigger and the storage of the queue table."""

from django.db import migrations

from executions import sql


class Migration(migrations.Migration):
    dependencies = [("executions", "0001_initial"), ("modules", "0001_initial")]

    operations = [
        migrations.RunSQL(sql.read("storage.sql"), migrations.RunSQL.noop),
        migrations.RunSQL(
            sql.read("regate.sql"),
            "DROP TRIGGER modules_policy_regate ON modules_policy;"
            "DROP FUNCTION modules_policy_regate();",
        ),
        migrations.RunSQL(
            sql.read("claim.sql"),
            "DROP FUNCTION executions_claim(text, int, text, interval, text, int);",
        ),
    ]
