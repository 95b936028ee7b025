"""Who changed what: one row per deed of an operator or a key, kept beside what it did.

`record` is called by whoever does it, in the transaction of what it records: both are there, or
neither. Executions that a key submits are not here; their runs say who asked. Nothing here is
changed or shown again unmasked.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.http import HttpRequest

from platform_agents.tenancy.masking import masked
from platform_agents.tenancy.scoping import OrgManager

_LONGEST_TEXT = 500
_MOST_BYTES = 20_000


class AuditEntry(models.Model):
    """by: a user's name, `key:` and its id, or who sat at the console. verb: `module.saved`. org_id
    is empty for what concerns the whole platform. before and after: what was changed, masked."""

    at = models.DateTimeField(db_default=Now())
    org_id = models.TextField(default="", db_default="")
    by = models.TextField()
    verb = models.TextField()
    model = models.TextField()
    object_id = models.TextField()
    label = models.TextField(default="", db_default="")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    address = models.TextField(default="", db_default="")

    objects = OrgManager["AuditEntry"]()

    class Meta:
        db_table = "tenancy_audit"
        verbose_name = "audit entry"
        verbose_name_plural = "audit log"
        indexes = [models.Index(fields=["org_id", "-id"], name="tenancy_audit_listing")]

    def __str__(self) -> str:
        return f"{self.verb} by {self.by}"


def record(
    verb: str,
    *,
    by: str,
    model: str,
    object_id: str,
    org_id: str | None,
    label: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    address: str = "",
) -> None:
    """org_id None: of nobody's organization in particular; only superusers see it."""
    entry = AuditEntry(
        verb=verb,
        by=by.removeprefix("user:"),
        model=model,
        object_id=object_id,
        org_id=org_id or "",
        label=label[:_LONGEST_TEXT],
        before=_kept(before),
        after=_kept(after),
        address=address,
    )
    entry.save(force_insert=True)


def address_of(request: HttpRequest) -> str:
    """Of whoever is connected: the proxy's, where one stands in front."""
    return str(request.META.get("REMOTE_ADDR") or "")


def _kept(values: Mapping[str, Any] | None) -> Any:
    """Masked, as JSON, and not longer than somebody would read."""
    if values is None:
        return None
    short = _shortened(masked(dict(values)))
    size = len(json.dumps(short))
    return short if size <= _MOST_BYTES else {"…": f"{size:,} bytes, too many to be kept here"}


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {_shortened(str(key)): _shortened(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_shortened(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value).replace("\x00", "…")
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
