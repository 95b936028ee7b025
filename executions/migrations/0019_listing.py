"""Indexes for lists of runs: of all organizations, and of those that took long."""

from django.db import migrations, models
from django.db.models import F, Func, IntegerField, Q
from django.db.models.lookups import GreaterThanOrEqual

_STEP = Func(
    F("finished_at"),
    F("claimed_at"),
    arg_joiner=" - ",
    template="width_bucket(EXTRACT(epoch FROM (%(expressions)s)), "
    "ARRAY[1, 10, 60, 600]::numeric[])",
    output_field=IntegerField(),
)
_SLOW = Q(GreaterThanOrEqual(_STEP, 1))
_NEWEST = (F("queued_at").desc(), F("execution_id").desc())
_NEWEST_OF_ALL = (
    F("queued_at").desc(nulls_last=True),
    F("execution_id").desc(nulls_last=True),
)
_UNSUCCESSFUL = ("failed", "timed_out", "cancelled", "lost")
_NOT_API = ("admin", "schedule", "workflow", "retry")


class Migration(migrations.Migration):
    dependencies = [
        ("executions", "0019_webhooks"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                *_NEWEST_OF_ALL,
                name="executions_run_listing",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                F("outcome"),
                *_NEWEST_OF_ALL,
                condition=Q(("outcome__in", _UNSUCCESSFUL)),
                name="run_any_not_completed",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                F("origin"),
                *_NEWEST_OF_ALL,
                condition=Q(("origin__in", _NOT_API)),
                name="run_any_not_api",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                F("org_id"), _STEP, *_NEWEST, condition=_SLOW, name="executions_run_took"
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(_STEP, *_NEWEST_OF_ALL, condition=_SLOW, name="run_any_took"),
        ),
    ]
