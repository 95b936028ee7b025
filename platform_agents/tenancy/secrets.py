"""Secrets of organizations: what a module's config refers to as `${{ secrets.NAME }}`.

A value is written in the admin and read by a worker for a run of the same organization, or by the
web process to check a callback. Nobody is ever shown it again. Rows hold ciphertext only.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import Q

from agents.secrets import NAME
from platform_agents.tenancy.scoping import OrgManager
from platform_agents.tenancy.sealed_rows import SealedRow
from platform_agents.tenancy.secrets_sealing import CannotUnseal, Sealed, unseal

Fetch = Callable[[str, Sequence[Any]], Sequence[tuple[Any, ...]]]
"""Runs a query and gives its rows, on whatever connection the caller has."""
OrgAndName = tuple[str, str]

_READ = """
SELECT s.org_id, s.name, s.key_id, s.box FROM tenancy_secret s
JOIN unnest(%s::text[], %s::text[]) AS wanted(org_id, name)
  ON s.org_id = wanted.org_id AND s.name = wanted.name"""


class Secret(SealedRow):
    """No database foreign key to shared tables."""

    org = models.ForeignKey(
        "tenancy.Organization", models.DO_NOTHING, db_constraint=False, related_name="+",
        verbose_name="organization",
    )  # fmt: skip
    name = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.TextField(default="", db_default="")

    objects = OrgManager["Secret"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "name"], name="secret_once"),
            models.CheckConstraint(condition=Q(name__regex=rf"^{NAME}$"), name="secret_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sealed_as(self) -> str:
        return self.name


def read(fetch: Fetch, wanted: Collection[OrgAndName]) -> dict[OrgAndName, str | None]:
    """The values of those that exist; None for one that cannot be unsealed. Asks only for pairs of
    an organization and a name, so that nobody gets another organization's by mistake."""
    pairs = sorted(wanted)
    rows = fetch(_READ, [[org_id for org_id, _ in pairs], [name for _, name in pairs]])
    return {(row[0], row[1]): _value_if_readable(*row) for row in rows}


def _value_if_readable(*row: Any) -> str | None:
    try:
        return _value(*row)
    except (CannotUnseal, ImproperlyConfigured):
        return None


def _value(org_id: str, name: str, key_id: str, box: Any) -> str:
    return unseal(Sealed(key_id=key_id, box=bytes(box)), org_id=org_id, name=name)
