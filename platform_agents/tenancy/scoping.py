"""Fail-closed access to tenant rows.

`Model.objects.for_org(org_id)` is the way in. Everything else on the manager raises, so a
forgotten filter is an error in a test instead of a leak. The one escape is
`Model.objects.unscoped(reason)`: grep for it to read every place that sees all organizations.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


class UnscopedAccess(RuntimeError):
    """Tenant rows were asked for without saying whose."""


class OrgManager(models.Manager[M]):
    """Manager of a model with an organization column (`org_field`)."""

    def __init__(self, org_field: str = "org_id") -> None:
        super().__init__()
        self.org_field = org_field

    def for_org(self, org_id: str) -> models.QuerySet[M]:
        if not org_id:
            raise UnscopedAccess(f"{self.model.__name__}.objects.for_org() needs an organization.")
        return super().get_queryset().filter(**{self.org_field: org_id})

    def for_orgs(self, org_ids: Iterable[str]) -> models.QuerySet[M]:
        """Rows of several organizations: what one operator may see. Empty input, empty result."""
        return super().get_queryset().filter(**{f"{self.org_field}__in": list(org_ids)})

    def unscoped(self, reason: str) -> models.QuerySet[M]:
        """Rows of every organization. `reason` is for the reader of the call."""
        if not reason:
            raise UnscopedAccess("unscoped() needs a reason.")
        return super().get_queryset()

    def get_queryset(self) -> models.QuerySet[M]:
        raise UnscopedAccess(
            f"{self.model.__name__}.objects was used without an organization; "
            "call .for_org(org_id), or .unscoped(reason) where all of them are meant."
        )

    def using(self, alias: str | None) -> models.QuerySet[M]:
        """Empty. Django's form fields ask for it as the default choices of a foreign key, which
        `OrgScopedAdmin` then replaces; where nobody does, there is nothing to choose."""
        return super().get_queryset().using(alias).none()

    def get_by_natural_key(self, *args: Any) -> M:
        raise UnscopedAccess(f"{self.model.__name__} has no natural key across organizations.")
