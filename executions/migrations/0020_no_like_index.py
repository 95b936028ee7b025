"""Without the second index that Django makes for every text key, for LIKE 'a%'. Nobody asks so, and
each change of a run's state wrote an entry into it. Dropped without stopping the queue."""

from django.db import migrations

_INDEXES = {
    "executions_run_execution_id_1ba65436_like": "executions_run (execution_id text_pattern_ops)",
    "executions_delivery_id_6b82ae0e_like": "executions_delivery (id text_pattern_ops)",
}


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("executions", "0019_listing")]

    operations = [
        migrations.RunSQL(
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {what}",
        )
        for name, what in _INDEXES.items()
    ]
