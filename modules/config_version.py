"""What a module was told to do, each time that changed: agent, endpoint and config, numbered.

Rows are written by `config_recording` and never changed; executions name the version they run
with. Deleted by `executions.version_pruning`, when there are many and no run needs them.
"""

from django.db import models
from django.db.models.functions import Now

from platform_agents.tenancy.scoping import OrgManager


class ConfigVersion(models.Model):
    """version counts from 1 per module. config: text as stored, JSON or not. author: a user's name,
    or `gateway` when it was found in the gateway's table."""

    module_id = models.TextField()
    org_id = models.TextField()
    version = models.IntegerField()
    python_module = models.TextField()
    endpoint = models.TextField(null=True)
    config = models.TextField(null=True)
    author = models.TextField()
    reason = models.TextField(default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())

    objects = OrgManager["ConfigVersion"]()

    class Meta:
        db_table = "modules_config_version"
        constraints = [
            models.UniqueConstraint(fields=["module_id", "version"], name="config_version_once")
        ]

    def __str__(self) -> str:
        return f"version {self.version}"
