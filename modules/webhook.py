"""Webhooks of modules: where the end of their executions is announced, and which ends are.

`modules.models` imports it, so that Django knows it. What is valid stands in `webhook_rules`; a
trigger on our own `executions_run` and `executions.webhooks` read these rows.
"""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from platform_agents.tenancy.scoping import OrgManager
from platform_agents.tenancy.sealed_rows import SealedRow

OUTCOMES = ("completed", "failed", "cancelled", "timed_out", "lost")
MOST_OF_A_MODULE = 10


def new_id() -> str:
    return f"wh-{secrets.token_hex(12)}"


def every_outcome() -> list[str]:
    return list(OUTCOMES)


class ModuleWebhook(SealedRow):
    """url: absolute, or a path of the gateway. The sealed value is the signing secret.
    disabled_because: why it was switched off by itself."""

    id = models.TextField(primary_key=True, default=new_id)
    org_id = models.TextField()
    module_id = models.TextField()
    url = models.TextField()
    outcomes = ArrayField(models.TextField(), default=every_outcome)
    enabled = models.BooleanField(default=True, db_default=True)
    disabled_because = models.TextField(default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.TextField(default="", db_default="")

    objects = OrgManager["ModuleWebhook"]()

    class Meta:
        db_table = "modules_webhook"
        indexes = [models.Index(fields=["module_id"], name="webhook_of_module")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcomes__contained_by=list(OUTCOMES)), name="webhook_outcomes"
            )
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def sealed_as(self) -> str:
        return f"webhook {self.id}"
