"""Which API key an organization's runs and webhooks show to the gateway.

API_KEY when it is the organization's own, else the organization's newest. One query says both, by
the rows of that organization alone: whatever API_KEY holds, it reaches nobody else.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from django.conf import settings

Fetch = Callable[[str, Sequence[Any]], Sequence[tuple[Any, ...]]]
"""Runs a query and gives its rows, on whatever connection the caller has."""

_READ = """
SELECT DISTINCT ON (org_id) org_id, key FROM public.api_keys WHERE org_id = ANY (%s::varchar[])
ORDER BY org_id, key = %s DESC, created_at DESC, id DESC"""


def read(fetch: Fetch, org_ids: Collection[str]) -> dict[str, str]:
    """{organization: key} of those that have one."""
    return dict(fetch(_READ, [sorted(org_ids), settings.API_KEY]))
