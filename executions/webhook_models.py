"""Deliveries of webhooks, and the signing secrets of organizations.

`executions.models` imports both, so that Django knows them. A trigger (`sql/webhooks_due.sql`)
writes a delivery in the transaction that ends its run; `executions.webhooks` claims and settles it.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from platform_agents.tenancy.scoping import OrgManager
from platform_agents.tenancy.sealed_rows import SealedRow


class Delivery(models.Model):
    """One announcement to one address. id is `webhook-id`, the same at every attempt.

    webhook_id: the module's webhook; None: the call named `url`, and perhaps secret_name. due_at:
    the next attempt; while a deliverer has it in hand (lease), when it is taken from that one.
    last_*: of the last attempt; status is None when no answer came.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"

    id = models.TextField(primary_key=True)
    org_id = models.TextField()
    execution_id = models.TextField()
    module_id = models.TextField()
    webhook_id = models.TextField(null=True)
    url = models.TextField()
    host = models.TextField()
    secret_name = models.TextField(null=True)
    outcome = models.TextField()
    state = models.TextField(choices=State, default=State.PENDING, db_default="pending")
    attempts = models.IntegerField(default=0, db_default=0)
    due_at = models.DateTimeField(db_default=Now())
    lease = models.UUIDField(null=True)
    last_status = models.IntegerField(null=True)
    last_error = models.TextField(default="", db_default="")
    last_body = models.TextField(default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)

    objects = OrgManager["Delivery"]()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="pending", settled_at__isnull=True)
                | (~Q(state="pending") & Q(lease__isnull=True, settled_at__isnull=False)),
                name="delivery_settled_is_over",
            )
        ]
        indexes = [
            # Whether anything is due, and what: one pile per (organization, host), oldest first.
            models.Index(
                fields=["due_at"], name="executions_delivery_due", condition=Q(state="pending")
            ),
            models.Index(
                fields=["org_id", "host", "due_at"],
                name="executions_delivery_pile", condition=Q(state="pending"),
            ),
            models.Index(
                fields=["org_id", "host"],
                name="executions_delivery_in_hand", condition=Q(lease__isnull=False),
            ),
            models.Index(fields=["org_id", "-created_at"], name="executions_delivery_listing"),
            models.Index(
                fields=["settled_at"],
                name="executions_delivery_over", condition=Q(settled_at__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.id


class SigningSecret(SealedRow):
    """What deliveries to addresses of calls are signed with when the call names no secret. One per
    organization, made when it is first needed."""

    org_id = models.TextField(primary_key=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = OrgManager["SigningSecret"]()

    class Meta:
        db_table = "executions_signing_secret"

    def __str__(self) -> str:
        return f"Signing secret of {self.org_id}"

    @property
    def sealed_as(self) -> str:
        return "webhook signing"
