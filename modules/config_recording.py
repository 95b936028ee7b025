"""Writes down what a module's row says now, unless its newest version says the same.

The gateway changes `modules` without telling us, so this is asked by whoever meets a module:
`lookup`, once per change, and the admin around each save.
"""

from collections.abc import Callable, Mapping
from typing import Any

from platform_agents.postgres.prepared import fetch

GATEWAY = "gateway"
"""The author of what was found, and not saved by a user of ours."""

Fetch = Callable[[str, Mapping[str, Any]], list[tuple[Any, ...]]]
"""Runs a query and gives its rows: `prepared.fetch`, or the same on another connection."""

LATEST = """
LEFT JOIN LATERAL (
  SELECT v.version, v.org_id = m.org_id AND (v.python_module, v.endpoint, v.config)
                    IS NOT DISTINCT FROM (m.python_module, m.endpoint, m.config) AS same
  FROM modules_config_version v WHERE v.module_id = m.id ORDER BY v.version DESC LIMIT 1
) latest ON true"""
"""For queries over `public.modules m`: the newest version, and whether it is what the row says."""

# Two at once choose the same number: the second waits for the first, and writes nothing.
_RECORD = f"""
WITH found AS MATERIALIZED (
  SELECT m.id, m.org_id, m.python_module, m.endpoint, m.config, latest.version, latest.same
  FROM public.modules m {LATEST} WHERE m.id = %(module_id)s
), recorded AS (
  INSERT INTO modules_config_version
         (module_id, org_id, version, python_module, endpoint, config, author, reason)
  SELECT id, org_id, coalesce(version, 0) + 1, python_module, endpoint, config,
         %(author)s, %(reason)s
  FROM found WHERE same IS NOT TRUE
  ON CONFLICT (module_id, version) DO NOTHING RETURNING version)
SELECT version, true FROM recorded UNION ALL SELECT version, false FROM found WHERE same"""  # noqa: S608
_HOLD = "SELECT id FROM public.modules WHERE id = %s FOR NO KEY UPDATE"
_TRIES = 5


def record(fetch_rows: Fetch, module_id: str, *, author: str, reason: str = "") -> int | None:
    """The version that this call made; None when nothing had changed, or the module is gone."""
    given = {"module_id": module_id, "author": author, "reason": reason}
    for _ in range(_TRIES):  # somebody recorded what was there before: look again
        for version, new in fetch_rows(_RECORD, given):
            return version if new else None
    return None


def hold(module_id: str) -> None:
    """Before a user of ours changes the module, in the transaction that does: nobody else changes
    it until then, and what it says now is written down. The row comes before its versions, always:
    so two of these cannot deadlock."""
    fetch(_HOLD, [module_id])
    record(fetch, module_id, author=GATEWAY)
