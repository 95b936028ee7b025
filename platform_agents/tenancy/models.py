"""Organizations, their users and keys (the gateway's tables), and who may operate them (ours)."""

from django.conf import settings
from django.db import models

from platform_agents.shared_schema.fields import (
    EnumField,
    GenRandomUuid,
    NowUtc,
    UtcTimestampField,
)
from platform_agents.tenancy.audit import AuditEntry
from platform_agents.tenancy.scoping import OrgManager
from platform_agents.tenancy.secrets import Secret
from platform_agents.tenancy.sign_in_models import PlatformLogin, SignInAttempts

__all__ = [
    "ApiKey", "AuditEntry", "Bucket", "Membership", "OrgPolicy", "Organization", "PlanPolicy",
    "PlatformLogin", "PlatformUser", "Secret", "SignInAttempts",
]  # fmt: skip


class Organization(models.Model):
    id = models.CharField(primary_key=True, db_default=GenRandomUuid())
    name = models.TextField()
    logo = models.TextField(null=True, blank=True)
    plan = models.TextField(db_default="free")
    created_at = UtcTimestampField(db_default=NowUtc())

    objects = OrgManager["Organization"](org_field="id")

    class Meta:
        managed = False
        db_table = "organizations"
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class PlatformUser(models.Model):
    """A person of the platform, as the gateway knows them. Not a Django user."""

    id = models.CharField(primary_key=True, db_default=GenRandomUuid())
    name = models.TextField()
    email = models.TextField(unique=True)
    password = models.TextField()
    role = EnumField("role", labels=("member", "admin", "super_admin"), db_default="member")
    org = models.ForeignKey(
        Organization, models.DO_NOTHING, related_name="+", verbose_name="organization"
    )
    last_login = UtcTimestampField(null=True, blank=True)
    created_at = UtcTimestampField(db_default=NowUtc())

    objects = OrgManager["PlatformUser"]()

    class Meta:
        managed = False
        db_table = "users"
        verbose_name, verbose_name_plural = "person", "people"

    def __str__(self) -> str:
        return self.email


class ApiKey(models.Model):
    """A key of the gateway, `abw_` and 64 hex digits, stored in clear by the gateway.

    proved: it was read from the table for this call, and not from this process's memory."""

    proved = True

    id = models.CharField(primary_key=True, db_default=GenRandomUuid())
    org = models.ForeignKey(
        Organization, models.DO_NOTHING, related_name="+", verbose_name="organization"
    )
    name = models.TextField()
    key = models.TextField(unique=True)
    created_at = UtcTimestampField(db_default=NowUtc())
    last_used = UtcTimestampField(null=True, blank=True)

    objects = OrgManager["ApiKey"]()

    class Meta:
        managed = False
        db_table = "api_keys"
        verbose_name, verbose_name_plural = "API key", "API keys"

    def __str__(self) -> str:
        return f"{self.name} (…{self.key[-4:]})"

    @property
    def is_authenticated(self) -> bool:
        """An ApiKey stands where REST framework expects a user."""
        return True


class Membership(models.Model):
    """A Django user may operate an organization. No database foreign key to shared tables."""

    class Role(models.TextChoices):
        VIEWER = "viewer"
        OPERATOR = "operator"
        ADMIN = "admin"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    org = models.ForeignKey(
        Organization, models.DO_NOTHING, db_constraint=False, related_name="+",
        verbose_name="organization",
    )  # fmt: skip
    role = models.CharField(max_length=16, choices=Role, default=Role.OPERATOR)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrgManager["Membership"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "org"], name="membership_once")]
        verbose_name, verbose_name_plural = "member", "members"

    def __str__(self) -> str:
        return f"{self.role} of {self.org_id}"


class OrgPolicy(models.Model):
    """How an organization's runs are queued, and how many it may submit. No row means the defaults;
    no weight, that of the organization's plan. Read by the claim, and by the limits of calls."""

    org_id = models.TextField("organization", primary_key=True)
    concurrency = models.PositiveIntegerField(null=True, blank=True)
    paused = models.BooleanField(default=False, db_default=False)
    pause_reason = models.TextField(blank=True, default="", db_default="")
    paused_by = models.TextField(default="", db_default="")
    paused_at = models.DateTimeField(null=True)
    weight = models.FloatField(null=True, blank=True)
    rate_per_s = models.FloatField(null=True, blank=True)
    rate_burst = models.FloatField(null=True, blank=True)

    objects = OrgManager["OrgPolicy"]()

    class Meta:
        db_table = "tenancy_policy"
        verbose_name, verbose_name_plural = "organization's limits", "limits of organizations"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(concurrency__gt=0), name="org_concurrency_positive"
            ),
            models.CheckConstraint(condition=models.Q(weight__gt=0), name="org_weight_positive"),
            models.CheckConstraint(condition=models.Q(rate_per_s__gt=0), name="org_rate_positive"),
            models.CheckConstraint(
                condition=models.Q(rate_burst__gte=1), name="org_burst_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"Policy of {self.org_id}"


class PlanPolicy(models.Model):
    """The share of the workers that organizations of a plan get: twice the weight, twice as many
    runs at once while others wait, too. A plan without a row weighs 1. Read by the claim."""

    plan = models.TextField(primary_key=True)
    weight = models.FloatField(default=1, db_default=1)

    class Meta:
        db_table = "tenancy_plan"
        verbose_name, verbose_name_plural = "plan", "plans"
        constraints = [
            models.CheckConstraint(condition=models.Q(weight__gt=0), name="plan_weight_positive")
        ]

    def __str__(self) -> str:
        return f"{self.plan}: {self.weight:g}"


class Bucket(models.Model):
    """How many calls are left of a limit; see `buckets`. name: what is limited and whose it is.
    No row means a full one."""

    name = models.TextField(primary_key=True)
    tokens = models.FloatField()
    filled_at = models.DateTimeField()

    class Meta:
        db_table = "tenancy_bucket"

    def __str__(self) -> str:
        return self.name
