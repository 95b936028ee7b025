"""Rows that the pages count: ends, queued runs, heartbeats."""

import json
from typing import Any

from django.db import connection
from django.test import Client

from tests import factories
from tests.factories import Org
from tests.tenancy.conftest import acme, globex, operator, superuser, text  # noqa: F401 (fixtures)

OPERATIONS = "operations/"


def page(client: Client, path: str) -> str:
    """As people read it: a space is a space."""
    return text(client, path).replace("\N{NO-BREAK SPACE}", " ")


def ended(
    org: Org, module_id: str, outcome: str = "completed", *, minutes_ago: float = 1,
    took_s: float = 1, cost_usd: float = 0,
) -> str:  # fmt: skip
    usage = json.dumps([{"cost_usd": cost_usd}])
    with connection.cursor() as cursor:
        id_ = factories.queued_run(cursor, org=org, module_id=module_id)
        cursor.execute(
            "UPDATE executions_run SET state = 'done', outcome = %(outcome)s, usage = %(usage)s,"
            " finished_at = now() - make_interval(secs => %(ago)s),"
            " claimed_at = now() - make_interval(secs => %(ago)s + %(took)s::float8)"
            " WHERE execution_id = %(id)s",
            {"id": id_, "outcome": outcome, "ago": minutes_ago * 60, "took": took_s,
             "usage": usage},
        )  # fmt: skip
    return id_


def queued(org: Org, module_id: str, *, minutes: float = 0, **columns: Any) -> str:
    """Queued, and due, since so many minutes; due later when they are negative."""
    with connection.cursor() as cursor:
        id_ = factories.queued_run(cursor, org=org, module_id=module_id, **columns)
        cursor.execute(
            "UPDATE executions_run SET queued_at = least(now(), now() - make_interval(secs => %s)),"
            " available_at = now() - make_interval(secs => %s) WHERE execution_id = %s",
            [minutes * 60, minutes * 60, id_],
        )
    return id_


def worker(*, seconds_ago: float = 0, pid: int = 4711) -> None:
    execute(
        "INSERT INTO executions_worker (id, host, pid, lanes, beat_at)"
        " VALUES (%s, 'machine-1', %s, '[\"io\"]', now() - make_interval(secs => %s))",
        f"w{pid}", pid, seconds_ago,
    )  # fmt: skip


def execute(query: str, *given: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, given)
