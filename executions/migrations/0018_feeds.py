"""An index of what organizations finished, for their feeds. Made without stopping the queue."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("executions", "0017_names")]

    operations = [
        AddIndexConcurrently(
            model_name="run",
            index=models.Index(
                condition=models.Q(("state", "done")),
                fields=["org_id", "finished_at"],
                name="executions_run_finished",
            ),
        ),
    ]
