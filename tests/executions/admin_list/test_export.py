"""Executions as files: whole, scoped, and harmless in a spreadsheet."""

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client

from executions.admin_list import export
from executions.admin_list.asking import Asking
from executions.models import ModuleExecution
from platform_agents.tenancy.audit import AuditEntry
from tests import factories
from tests.executions.admin_list.conftest import PATH, add
from tests.factories import Org
from tests.tenancy.conftest import Shop, staff

pytestmark = pytest.mark.django_db


def downloaded(client: Client, **query: Any) -> str:
    response = client.get(f"{PATH}export/", query)
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith('attachment; filename="executions-')
    return b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]


def rows_of(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def test_a_csv_has_what_the_filters_find(operator: Client, acme: Shop, module: str) -> None:
    bad = add(acme.org, module, outcome="failed", took_s=2.5, error="Two\nlines, and “quotes”")
    add(acme.org, module)
    [row] = rows_of(downloaded(operator, outcome="failed"))
    assert row["execution"] == bad
    assert row["module"] == "Letters"
    assert row["status"] == "Failed"
    assert row["took_s"] == "2.5"
    assert row["queued_at"] == "2026-01-01T00:00:00Z"
    assert row["error"] == "Two\nlines, and “quotes”"


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(operator: Client, acme: Shop, begin: str) -> None:
    with connection.cursor() as cursor:
        evil = factories.module(cursor, org=acme.org, name=f"{begin}cmd|' /C calc'!A0")
    add(acme.org, evil, outcome="failed", error=f"{begin}HYPERLINK(1)")
    [row] = rows_of(downloaded(operator, outcome="failed"))
    assert row["module"] == f"'{begin}cmd|' /C calc'!A0"
    assert row["error"] == f"'{begin}HYPERLINK(1)"


def test_json_says_whether_it_is_complete(operator: Client, acme: Shop, module: str) -> None:
    newest = [add(acme.org, module, outcome="failed", minute=number) for number in range(3)][::-1]
    found = json.loads(downloaded(operator, outcome="failed", format="json"))
    assert [row["execution"] for row in found["executions"]] == newest
    assert found["complete"] is True


def test_no_file_has_anything_foreign(
    operator: Client, acme: Shop, globex: Shop, foreign: str
) -> None:
    for query in ({}, {"outcome": "failed"}, {"org": globex.org.id}, {"q": foreign}):
        text = downloaded(operator, **query)
        assert foreign not in text
        assert "Globex" not in text


def test_staff_without_an_organization_get_a_file_without_rows(acme: Shop) -> None:
    assert rows_of(downloaded(staff("noah"))) == []


@pytest.mark.parametrize("query", ["format=xlsx", "outcom=failed", "outcome=bad", "older=x"])
def test_what_is_not_understood_is_no_file(operator: Client, query: str) -> None:
    assert operator.get(f"{PATH}export/?{query}").status_code == 302


def asked(org: Org) -> Asking:
    rows = ModuleExecution.objects.for_org(org.id)
    return Asking(given=QueryDict("outcome=failed"), rows=rows, org_ids=[org.id])


def test_a_file_that_stops_early_says_so(acme: Shop, module: str) -> None:
    for number in range(4):
        add(acme.org, module, outcome="failed", minute=number)
    text = "".join(export.as_csv(export.batches(asked(acme.org), most=3)))
    assert len(rows_of(text)) == 3 + 1
    assert text.rstrip().splitlines()[-1].strip('"') == export.STOPPED
    short = json.loads("".join(export.as_json(export.batches(asked(acme.org), most=3))))
    assert len(short["executions"]) == 3
    assert short["complete"] is False
    whole = "".join(export.as_csv(export.batches(asked(acme.org), most=4)))
    assert export.STOPPED not in whole


def test_a_file_goes_over_many_batches(
    acme: Shop, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_AT_ONCE", 2)
    made = {add(acme.org, module, outcome="failed", minute=number // 3) for number in range(7)}
    found = [entry.id for batch in export.batches(asked(acme.org)) for entry in batch]
    assert len(found) == len(made)
    assert set(found) == made


def recorded(org: Org) -> list[tuple[str, Any]]:
    rows = AuditEntry.objects.for_org(org.id).filter(verb="executions.exported")
    return list(rows.order_by("id").values_list("by", "after"))


def test_who_took_which_rows_is_recorded_where_they_belong(
    operator: Client, superuser: Client, acme: Shop, globex: Shop, module: str, foreign: str
) -> None:
    for number in range(3):
        add(acme.org, module, outcome="failed", minute=number)
    downloaded(operator, outcome="failed")
    own = {"rows": 3, "format": "csv", "filters": "outcome=failed"}
    assert recorded(acme.org) == [("ann", own)]
    assert recorded(globex.org) == []
    downloaded(superuser, outcome="failed", format="json")
    assert recorded(acme.org)[1:] == [("root", {**own, "format": "json"})]
    assert recorded(globex.org) == [("root", {**own, "format": "json", "rows": 1})]
    downloaded(operator, outcome="lost")
    assert recorded(acme.org)[-1] == ("ann", {**own, "rows": 0, "filters": "outcome=lost"})


def test_a_download_that_breaks_off_is_recorded_as_far_as_it_came(
    operator: Client, acme: Shop, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "_AT_ONCE", 2)
    for number in range(5):
        add(acme.org, module, outcome="failed", minute=number)
    response: Any = operator.get(f"{PATH}export/", {"outcome": "failed"})
    lines = iter(response.streaming_content)
    next(lines)  # the header
    next(lines)
    response._iterator.close()  # what a server does when the caller has gone
    assert [after["rows"] for _, after in recorded(acme.org)] == [2]
