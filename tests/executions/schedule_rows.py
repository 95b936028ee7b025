"""Rows of schedules for the tests, and what they look at."""

import json
from typing import Any

from tests import factories
from tests.factories import Connection, Org

_COLUMNS = {"cron": None, "interval_s": 3600, "zone": "UTC", "overlap": "skip", "catch_up": "none",
            "enabled": True}  # fmt: skip


def schedule(
    conn: Connection,
    *,
    org: Org,
    module_id: str,
    late: str = "1 second",
    input_data: Any = None,
    **columns: Any,
) -> int:
    """The id of a new schedule, due since `late` (an interval). Hourly, unless told otherwise; its
    slots are counted from the one that is due."""
    values = {**_COLUMNS, **columns}
    cursor = conn.execute(
        "INSERT INTO modules_schedule (org_id, module_id, name, input, since, next_at, cron, "
        "interval_s, zone, overlap, catch_up, enabled) "
        "SELECT %(org)s, %(module)s, 'a schedule', %(input)s::jsonb, "
        "due.at - make_interval(secs => coalesce(%(interval_s)s, 0)), "
        "due.at, %(cron)s, %(interval_s)s, %(zone)s, %(overlap)s, %(catch_up)s, %(enabled)s "
        "FROM (SELECT date_trunc('second', clock_timestamp()) - %(late)s::interval AS at) AS due "
        "RETURNING id",
        {"org": org.id, "module": module_id, "input": json.dumps(input_data or {}), "late": late,
         **values},
    )  # fmt: skip
    row = (cursor or conn).fetchone()  # type: ignore[attr-defined]
    return int(row[0])


def org_with_module(conn: Connection, **module: Any) -> tuple[Org, str]:
    org = factories.organization(conn)
    return org, factories.module(conn, org=org, **module)
