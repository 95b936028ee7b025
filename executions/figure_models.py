"""Figures of what ended, kept by the hour, so that dashboards need not read the ledger.

`executions.models` imports both, so that Django knows them. Written by `executions.rolling` alone,
read by `executions.figures`.
"""

from django.db import models

from platform_agents.tenancy.scoping import OrgManager


class Hour(models.Model):
    """How a module's runs ended in one hour (UTC). durations: {bucket: runs}; sql/figures.sql."""

    org_id = models.TextField()
    module_id = models.TextField()
    hour = models.DateTimeField()
    completed = models.BigIntegerField()
    failed = models.BigIntegerField()
    timed_out = models.BigIntegerField()
    cancelled = models.BigIntegerField()
    lost = models.BigIntegerField()
    durations = models.JSONField(default=dict)
    cost_usd = models.DecimalField(max_digits=20, decimal_places=9)
    tokens = models.BigIntegerField()

    objects = OrgManager["Hour"]()

    class Meta:
        db_table = "executions_hour"
        constraints = [
            models.UniqueConstraint(fields=["org_id", "module_id", "hour"], name="hour_once")
        ]
        indexes = [models.Index(fields=["hour"], name="executions_hour_since")]

    def __str__(self) -> str:
        return f"{self.module_id} {self.hour:%Y-%m-%d %H}"


class FiguresUntil(models.Model):
    """Up to when figures are kept. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    until = models.DateTimeField()

    class Meta:
        db_table = "executions_figuresuntil"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="figuresuntil_is_one")]

    def __str__(self) -> str:
        return self.until.isoformat()
