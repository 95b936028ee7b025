"""An index of what ended, by its time: for the metrics."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("executions", "0013_listing"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("state", "done")),
                fields=["finished_at"],
                name="executions_run_finished",
            ),
        ),
    ]
