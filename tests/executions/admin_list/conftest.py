"""Executions of two organizations, and the page that lists them."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests import factories
from tests.factories import Org
from tests.tenancy.conftest import Shop, acme, globex, operator, superuser  # noqa: F401 (fixtures)

PATH = "/admin/executions/moduleexecution/"
EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_SHARED = {"completed": "completed", "queued": "pending", "running": "running"}
_ROW = re.compile(r'<tr data-id="([^"]+)"')
_NOTHING_SHOWN = "Nothing matches"


def add(
    org: Org, module: str, *, outcome: str = "completed", minute: float = 0, took_s: float = 0.5,
    error: str | None = None, task: str | None = None, **run: Any,
) -> str:  # fmt: skip
    """An execution, so many minutes after EPOCH. outcome: or `queued` or `running`."""
    row_id, at = uuid.uuid4().hex, EPOCH + dt.timedelta(minutes=minute)
    live = outcome in {"queued", "running"}
    end = None if live else at + dt.timedelta(seconds=took_s)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO public.module_executions "
            "(id, module_id, org_id, task_id, input, output, status, error, started_at, "
            "completed_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [row_id, module, org.id, task, '{"secret": "the input"}', '{"secret": "the output"}',
             _SHARED.get(outcome, "failed"), error, at.replace(tzinfo=None),
             end.replace(tzinfo=None) if end else None],
        )  # fmt: skip
        columns = {
            "execution_id": row_id, "org_id": org.id, "module_id": module, "agent": "echo",
            "lane": "io", "state": outcome if live else "done", "attempt": 1, "queued_at": at,
            "outcome": None if live else outcome, "finished_at": end,
            "claimed_at": None if outcome == "queued" else at,
            "lease_until": EPOCH + dt.timedelta(days=999) if outcome == "running" else None, **run,
        }  # fmt: skip
        cursor.execute(
            f"INSERT INTO executions_run ({', '.join(columns)}) "
            f"VALUES (%s{', %s' * (len(columns) - 1)})",
            list(columns.values()),
        )
    return row_id


def listed(client: Client, **query: Any) -> list[str]:
    """The ids of the rows, in order."""
    response = client.get(PATH, query)
    assert response.status_code == 200, response.status_code
    return _ROW.findall(response.content.decode())


def body(client: Client, **query: Any) -> str:
    text: str = client.get(PATH, query).content.decode()
    return text


def link(text: str, rel: str) -> str | None:
    """Where `Newer` (prev) or `Older` (next) leads."""
    found = re.search(rf'<a href="([^"]*)" rel="{rel}"', text)
    return found.group(1).replace("&amp;", "&") if found else None


@pytest.fixture
def module(acme: Shop) -> str:  # noqa: F811 (the fixture)
    with connection.cursor() as cursor:
        return factories.module(cursor, org=acme.org, name="Letters")


@pytest.fixture
def foreign(globex: Shop) -> str:  # noqa: F811 (the fixture)
    """An execution of the other organization, like any here."""
    return add(globex.org, globex.module, outcome="failed", minute=5, error="Globex's own error")
