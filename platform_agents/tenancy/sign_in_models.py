"""What signing in leaves behind: shadow users of the platform's accounts, and counted attempts.

`models` imports both, so that Django knows them. Written by `platform_agents.operators.sign_in`.
"""

from django.conf import settings
from django.db import models

from platform_agents.tenancy.scoping import OrgManager


class PlatformLogin(models.Model):
    """The Django user that stands for an account of the gateway's `users` table. It has no password
    of its own. org_id and role are those that its memberships were made from; empty: from none."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="platform_login"
    )
    platform_user_id = models.TextField(unique=True)
    org_id = models.TextField("organization", default="", blank=True)
    role = models.TextField(default="", blank=True)

    objects = OrgManager["PlatformLogin"]()

    class Meta:
        db_table = "tenancy_platform_login"

    def __str__(self) -> str:
        return self.platform_user_id


class SignInAttempts(models.Model):
    """Attempts of late, by who was tried and from where. `bucket` is a digest."""

    bucket = models.TextField(primary_key=True)
    count = models.PositiveIntegerField()
    until = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "tenancy_sign_in_attempts"

    def __str__(self) -> str:
        return f"{self.count} until {self.until:%H:%M}"
