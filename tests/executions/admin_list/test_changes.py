"""What the script asks that keeps the list live."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.executions.admin_list.conftest import PATH, add, body
from tests.tenancy.conftest import Shop, staff

pytestmark = pytest.mark.django_db


def changes(client: Client, **query: str) -> Any:
    response = client.get(f"{PATH}changes/", query)
    assert response.status_code == 200
    return response.json()


def newest(text: str) -> str:
    found = re.search(r'data-newest="([^"]*)"', text)
    assert found
    return found.group(1)


def test_rows_come_as_they_are_now(operator: Client, acme: Shop, module: str) -> None:
    row = add(acme.org, module, outcome="running")
    assert "Running" in changes(operator, ids=row)["rows"][row]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE executions_run SET state = 'done', outcome = 'failed', lease_until = NULL, "
            "finished_at = claimed_at + interval '3 s' WHERE execution_id = %s",
            [row],
        )
    html = changes(operator, ids=row)["rows"][row]
    assert html.startswith("<tr")
    assert "Failed" in html
    assert "3.0 s" in html


def test_what_is_new_is_counted_by_the_filters(operator: Client, acme: Shop, module: str) -> None:
    add(acme.org, module, outcome="failed", minute=1)
    place = newest(body(operator, outcome="failed"))
    assert changes(operator, outcome="failed", newest=place)["newer"] == 0
    add(acme.org, module, outcome="failed", minute=2)
    add(acme.org, module, minute=3)
    assert changes(operator, outcome="failed", newest=place)["newer"] == 1


def test_nothing_foreign_comes(
    operator: Client, acme: Shop, globex: Shop, module: str, foreign: str
) -> None:
    add(acme.org, module, minute=-1)
    place = newest(body(operator, state="done"))
    found = changes(operator, ids=f"{foreign},,", newest=place, state="done")
    assert found["rows"] == {}
    assert found["newer"] == 0


def test_staff_without_an_organization_hear_nothing(acme: Shop) -> None:
    found = changes(staff("noah"), ids=acme.execution)
    assert (found["rows"], found["newer"]) == ({}, 0)
