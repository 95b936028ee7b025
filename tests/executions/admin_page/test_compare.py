"""Two executions of a module, side by side."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from executions.admin_page.differences import differences
from tests import factories
from tests.executions.admin_page.conftest import PAGE, completed, page, run_of, store
from tests.tenancy.conftest import Shop

COMPARE = "compare/"


def _version(shop: Shop, number: int, **config: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO modules_config_version "
            "(module_id, org_id, version, python_module, config, author) "
            "VALUES (%s, %s, %s, 'echo', %s, 'ann')",
            [shop.module, shop.org.id, number, json.dumps(config)],
        )


def test_what_differs_is_shown_and_what_does_not_is_said(operator: Client, acme: Shop) -> None:
    one = completed(acme, output={"answer": {"label": "good", "score": 1}})
    other = completed(acme, output={"answer": {"label": "bad", "score": 1}})
    html = page(operator, one, below=COMPARE, **{"with": other})
    assert "answer / label" in html
    assert "answer / score" not in html
    assert "No difference." in html  # the input
    assert html.count("<td>2.5 s</td>") == 2


def test_secrets_are_masked_but_seen_to_differ(operator: Client, acme: Shop) -> None:
    _version(acme, 1, api_key="tell-nobody-1", model="small")
    _version(acme, 2, api_key="tell-nobody-2", model="large")
    one = completed(acme, config_version=1)
    other = completed(acme, config_version=2)
    store(one, input='{"auth": {"password": "tell-nobody-3"}}')
    store(other, input='{"auth": {"password": "tell-nobody-4"}}')
    html = page(operator, one, below=COMPARE, **{"with": other})
    assert "config.api_key" in html
    assert "auth / password" in html
    assert "large" in html
    assert "tell-nobody" not in html


def test_the_modules_own_executions_are_offered_and_no_others(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    one, sibling, foreign = completed(acme), completed(acme), completed(globex)
    with connection.cursor() as cursor:
        module = factories.module(cursor, org=acme.org)
        stranger = factories.queued_run(cursor, org=acme.org, module_id=module)
    html = page(operator, one, below=COMPARE)
    assert f'value="{sibling}"' in html
    assert [id_ for id_ in (foreign, stranger, one) if f'value="{id_}"' in html] == []


def test_a_foreign_other_is_answered_as_a_missing_one(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    one = completed(acme)
    with connection.cursor() as cursor:
        module = factories.module(cursor, org=acme.org)
        stranger = factories.queued_run(cursor, org=acme.org, module_id=module)
    for id_ in (completed(globex), stranger, "missing", one):
        html = page(operator, one, below=COMPARE, **{"with": id_})
        assert "There is no such other execution" in html
        assert "Side by side" not in html


def test_rows_without_a_run_and_large_values_have_an_answer(operator: Client, acme: Shop) -> None:
    with connection.cursor() as cursor:
        row = factories.gateway_row(cursor, org=acme.org, module_id=acme.module)
    other = completed(acme)
    store(other, output=json.dumps("x" * 2_100_000))
    html = page(operator, row, below=COMPARE, **{"with": other})
    assert "too large to be compared here" in html
    assert "It is not known what one of them ran with." in html


def test_few_queries_whatever_there_is_to_choose_from(operator: Client, acme: Shop) -> None:
    one, other = completed(acme, output=[1]), completed(acme, output=[2])
    for _ in range(30):
        run_of(acme)
    with CaptureQueriesContext(connection) as seen:
        html = page(operator, one, below=COMPARE, **{"with": other})
    assert len(seen) <= 20
    assert html.count("<option") == 25
    assert f"{PAGE}/{other}/change/" in html


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, [("a", "1", "true")]),
        ({"a": 1}, {}, [("a", "1", None)]),
        ([1, 2], [1, 3, 4], [("2", "2", "3"), ("3", None, "4")]),
        ({"a": {"b": None}}, {"a": {"b": "x"}}, [("a / b", "null", "x")]),
        ({"a": []}, {"a": {}}, [("a", "[]", "{}")]),
        (None, None, []),
        ("x", None, [("", "x", "null")]),
    ],
)
def test_differences_are_found_place_by_place(
    left: object, right: object, found: list[tuple[str, str | None, str | None]]
) -> None:
    rows, more = differences(left, right)
    assert [(one.path, one.left, one.right) for one in rows] == found
    assert not more


def test_differences_end_after_200_and_say_so() -> None:
    rows, more = differences(list(range(1_000)), [])
    assert (len(rows), more) == (200, True)


def test_endless_nesting_is_compared_without_an_error() -> None:
    left: object = 1
    right: object = 2
    for _ in range(300):
        left, right = [left], [right]
    rows, _ = differences(left, right)
    assert len(rows) == 1
