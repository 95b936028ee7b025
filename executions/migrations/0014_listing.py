"""Indexes for lists of runs that are rare among an organization's many."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("executions", "0013_figures"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("outcome__in", ("failed", "timed_out", "cancelled", "lost"))),
                fields=["org_id", "outcome", "-queued_at", "-execution_id"],
                name="executions_run_not_completed",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("origin__in", ("admin", "schedule", "workflow", "retry"))),
                fields=["org_id", "origin", "-queued_at", "-execution_id"],
                name="executions_run_not_api",
            ),
        ),
    ]
