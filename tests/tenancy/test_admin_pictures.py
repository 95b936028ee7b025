"""Charts of an execution's output: shown to its own organization, and only if they are pictures."""

import asyncio
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from agents.data import DataAgent
from executions.pictures import pictures
from tests.tenancy.conftest import Shop

IMAGE = '<img src="data:image/'


def _store(shop: Shop, output: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE public.module_executions SET output = %s WHERE id = %s",
            [json.dumps(output), shop.execution],
        )


def _page(client: Client, shop: Shop) -> Any:
    return client.get(f"/admin/executions/moduleexecution/{shop.execution}/change/")


def _charts() -> Any:
    steps = [
        {"op": "chart", "kind": "bar", "x": "a", "title": "<b>Cities</b>"},
        {"op": "chart", "kind": "bar", "x": "a", "format": "png", "name": "as png"},
    ]
    given = {"data": {"a": ["Bern", "Graz"]}, "pipeline": steps}
    return asyncio.run(DataAgent("org").execute(given))


def test_charts_are_shown_to_the_organizations_operators_alone(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    _store(acme, _charts())
    _store(globex, _charts())

    page = _page(operator, acme).content.decode()
    assert page.count(f"{IMAGE}svg+xml;base64,") == 1
    assert page.count(f"{IMAGE}png;base64,") == 1
    assert 'alt="&lt;b&gt;Cities&lt;/b&gt;"' in page

    assert _page(operator, globex).status_code == 302


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.com/x.png", "data:text/html;base64,PHNjcmlwdD4=", "javascript:alert(1)",
        'data:image/png;base64,AA"onerror="alert(1)', "data:image/svg+xml,<svg onload='x'/>",
        "data:image/png;base64,AA==\n", 5, None, ["x"],
    ],
)  # fmt: skip
def test_what_is_no_picture_is_not_shown(operator: Client, acme: Shop, uri: Any) -> None:
    output = {"reports": {"chart": {"data_uri": uri, "title": "x"}}}
    _store(acme, output)
    assert IMAGE not in _page(operator, acme).content.decode()
    assert not list(pictures(output))


@pytest.mark.parametrize("output", [None, 5, [], {}, {"reports": [1]}, {"reports": {"a": 1}}])
def test_outputs_without_charts_have_none(output: Any) -> None:
    assert not list(pictures(output))
