"""Executions in every condition that the page knows, and people who look at them."""

import json
from typing import Any

from django.db import connection
from django.test import Client

from tests import factories
from tests.tenancy.conftest import (  # noqa: F401 (fixtures)
    Shop,
    acme,
    globex,
    operator,
    superuser,
)

PAGE = "/admin/executions/moduleexecution"
ENDED = {
    "state": "done", "attempt": 1, "claimed_at": "2026-01-31 12:00:01Z",
    "queued_at": "2026-01-31 12:00:00Z", "finished_at": "2026-01-31 12:00:03.5Z",
}  # fmt: skip
RUNNING = {"state": "running", "attempt": 1, "lease_until": "2099-01-01Z", "worker": "w"}


def run_of(shop: Shop, *, status: str = "pending", **columns: Any) -> str:
    """A run of the shop's module; columns of executions_run."""
    with connection.cursor() as cursor:
        id_ = factories.queued_run(cursor, org=shop.org, module_id=shop.module, **columns)
        cursor.execute(
            "UPDATE public.module_executions SET status = %s::task_status WHERE id = %s",
            [status, id_],
        )
    return id_


def completed(shop: Shop, *, output: Any = None, **columns: Any) -> str:
    id_ = run_of(shop, status="completed", **{**ENDED, "outcome": "completed", **columns})
    store(id_, output=json.dumps(output))
    return id_


def store(execution_id: str, **texts: str) -> None:
    """input, output or error as the column has them."""
    with connection.cursor() as cursor:
        for name, text in texts.items():
            cursor.execute(
                f"UPDATE public.module_executions SET {name} = %s WHERE id = %s",
                [text, execution_id],
            )


def report(shop: Shop, execution_id: str, *lines: str, kind: str = "log", **more: Any) -> None:
    columns = {"attempt": 1, "level": "info", "data": None, **more}
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO executions_event "
            "(execution_id, org_id, kind, message, attempt, level, data) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                (execution_id, shop.org.id, kind, line, columns["attempt"], columns["level"],
                 json.dumps(columns["data"]))
                for line in lines
            ],
        )  # fmt: skip


def page(client: Client, execution_id: str, *, below: str = "change/", **query: Any) -> str:
    response = client.get(f"{PAGE}/{execution_id}/{below}", query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()
