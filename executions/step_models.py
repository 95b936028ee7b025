"""Steps that executions keep to go on from, and the approvals that they wait for.

`executions.models` imports both, so that Django knows them. Steps are written by the worker
(`checkpoints`), approvals by it and by who decides (`approvals`); nobody else changes a row.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from platform_agents.tenancy.scoping import OrgManager


class Step(models.Model):
    """How a step of an execution ended, or what it remembers while it waits. index: the item of a
    step over many, -1 for a step of its own. output: JSON text."""

    class Status(models.TextChoices):
        COMPLETED = "completed"
        FAILED = "failed"
        SKIPPED = "skipped"
        WAITING = "waiting"

    execution_id = models.TextField("execution")
    org_id = models.TextField("organization")
    step = models.TextField()
    index = models.IntegerField(default=-1, db_default=-1)
    status = models.TextField(choices=Status)
    attempt = models.IntegerField()
    output = models.TextField(null=True)
    error = models.TextField(default="", db_default="")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(db_default=Now())

    objects = OrgManager["Step"]()

    class Meta:
        db_table = "executions_step"
        constraints = [
            models.UniqueConstraint(fields=["execution_id", "step", "index"], name="step_once")
        ]
        indexes = [models.Index(fields=["org_id", "-id"], name="executions_step_listing")]

    def __str__(self) -> str:
        return self.step if self.index < 0 else f"{self.step}[{self.index}]"


class Approval(models.Model):
    """A question to the operators of an organization. One that nobody answers by expires_at is
    expired, whether or not the state says so yet."""

    class State(models.TextChoices):
        PENDING = "pending"
        APPROVED = "approved"
        REJECTED = "rejected"
        EXPIRED = "expired"

    execution_id = models.TextField("execution")
    org_id = models.TextField("organization")
    step = models.TextField()
    title = models.TextField()
    message = models.TextField(default="", db_default="")
    state = models.TextField(choices=State, default=State.PENDING, db_default="pending")
    asked_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="", db_default="")
    comment = models.TextField(default="", db_default="")

    objects = OrgManager["Approval"]()

    class Meta:
        db_table = "executions_approval"
        constraints = [
            models.UniqueConstraint(fields=["execution_id", "step"], name="approval_once"),
            models.CheckConstraint(
                condition=Q(state="pending") | Q(decided_at__isnull=False),
                name="approval_decided_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["org_id", "expires_at"],
                name="executions_approval_pending",
                condition=Q(state="pending"),
            )
        ]

    def __str__(self) -> str:
        return self.title
