"""Modules of the gateway's `modules` table, and the policy we keep beside each."""

from django.db import models

from platform_agents.shared_schema.fields import (
    EnumField,
    GenRandomUuid,
    JsonTextField,
    NowUtc,
    UtcTimestampField,
)
from platform_agents.tenancy.models import Organization
from platform_agents.tenancy.scoping import OrgManager


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
    org = models.ForeignKey(Organization, models.DO_NOTHING, related_name="+")
    created_at = UtcTimestampField(db_default=NowUtc())

    objects = OrgManager["Module"]()

    class Meta:
        managed = False
        db_table = "modules"

    def __str__(self) -> str:
        return self.name


class ModulePolicy(models.Model):
    """How a module's runs are queued. No row means the defaults. Read by the claim."""

    module_id = models.TextField(primary_key=True)
    org_id = models.TextField()
    concurrency = models.PositiveIntegerField(null=True, blank=True)
    paused = models.BooleanField(default=False, db_default=False)

    objects = OrgManager["ModulePolicy"]()

    class Meta:
        db_table = "modules_policy"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(concurrency__gt=0), name="module_concurrency_positive"
            )
        ]

    def __str__(self) -> str:
        return f"Policy of {self.module_id}"
