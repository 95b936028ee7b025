"""Addresses of the lists behind the figures, with their filters."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from django.contrib.admin.utils import quote
from django.urls import reverse

FAILURES = "failures"
"""As an outcome: all but completed and cancelled, as figures count them."""


def executions(
    *, since: datetime | None = None, until: datetime | None = None, **filters: str
) -> str:
    """filters: outcome, module, origin, state, task, org, by."""
    for name, moment in (("since", since), ("until", until)):
        if moment is not None:
            filters[name] = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return listing("executions_moduleexecution", **filters)


def ended(*, since: datetime, until: datetime | None = None, **filters: str) -> str:
    """By when they ended, as figures count them."""
    return executions(since=since, until=until, by="ended", **filters)


def execution(execution_id: str) -> str:
    return row("executions_moduleexecution", execution_id)


def listing(page: str, **filters: str) -> str:
    """page: application and model, as in URL names."""
    path = reverse(f"admin:{page}_changelist")
    return f"{path}?{urlencode(filters)}" if filters else path


def row(page: str, key: object) -> str:
    return reverse(f"admin:{page}_change", args=[quote(str(key))])
