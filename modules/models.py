"""Modules of the gateway's `modules` table, and the policy we keep beside each."""

from django.db import models

from modules.config_version import ConfigVersion
from modules.schedule import ModuleSchedule, ModuleScheduleSlot
from modules.webhook import ModuleWebhook
from platform_agents.shared_schema.fields import (
    EnumField,
    GenRandomUuid,
    JsonTextField,
    NowUtc,
    UtcTimestampField,
)
from platform_agents.tenancy.models import Organization
from platform_agents.tenancy.scoping import OrgManager

__all__ = [
    "ConfigVersion", "Module", "ModuleCircuit", "ModulePolicy", "ModuleSchedule",
    "ModuleScheduleSlot", "ModuleWebhook",
]  # fmt: skip


class Module(models.Model):
    """An agent configured for one organization. `python_module` names the agent."""

    ACTIVE, INACTIVE, ERROR = "active", "inactive", "error"

    id = models.CharField(primary_key=True, db_default=GenRandomUuid())
    name = models.TextField()
    category = models.TextField()
    python_module = models.TextField()
    endpoint = models.TextField(null=True, blank=True)
    config = JsonTextField(null=True, blank=True)
    status = EnumField("agent_status", labels=(ACTIVE, INACTIVE, ERROR), db_default=ACTIVE)
    org = models.ForeignKey(
        Organization, models.DO_NOTHING, related_name="+", verbose_name="organization"
    )
    created_at = UtcTimestampField(db_default=NowUtc())

    objects = OrgManager["Module"]()

    class Meta:
        managed = False
        db_table = "modules"

    def __str__(self) -> str:
        return self.name


class ModulePolicy(models.Model):
    """How a module's runs are queued, tried and ended. No row, or an empty column, means the
    platform's default (`modules.policy`). The claim reads concurrency and paused; what a run needs
    besides is copied into it when it is submitted."""

    module_id = models.TextField("module", primary_key=True)
    org_id = models.TextField("organization")
    concurrency = models.PositiveIntegerField(null=True, blank=True)
    paused = models.BooleanField(default=False, db_default=False)
    pause_reason = models.TextField(blank=True, default="", db_default="")
    paused_by = models.TextField(default="", db_default="")
    paused_at = models.DateTimeField(null=True)
    priority = models.SmallIntegerField(default=0, db_default=0)
    timeout_s = models.FloatField(null=True, blank=True)
    start_within_s = models.FloatField(null=True, blank=True)
    max_attempts = models.PositiveIntegerField(null=True, blank=True)
    backoff_s = models.FloatField(null=True, blank=True)
    at_most_once = models.BooleanField(default=False, db_default=False)
    circuit_failures = models.PositiveIntegerField(null=True, blank=True)

    objects = OrgManager["ModulePolicy"]()

    class Meta:
        db_table = "modules_policy"
        verbose_name, verbose_name_plural = "module policy", "module policies"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(concurrency__gt=0), name="module_concurrency_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(timeout_s__gt=0), name="module_timeout_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(start_within_s__gt=0), name="module_start_within_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(max_attempts__gt=0), name="module_max_attempts_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(backoff_s__gte=0), name="module_backoff_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(circuit_failures__gt=0), name="module_circuit_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"Policy of {self.module_id}"


class ModuleCircuit(models.Model):
    """Failures in a row of a module whose policy limits them. At the limit the module's status
    becomes `error`; opened_at says when."""

    module_id = models.TextField("module", primary_key=True)
    org_id = models.TextField("organization")
    failures = models.PositiveIntegerField(default=0, db_default=0)
    opened_at = models.DateTimeField(null=True)

    objects = OrgManager["ModuleCircuit"]()

    class Meta:
        db_table = "modules_circuit"
        verbose_name, verbose_name_plural = "circuit", "circuits"

    def __str__(self) -> str:
        return f"{self.failures} failures of {self.module_id}"
