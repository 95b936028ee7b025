"""The list of modules: how each one runs, in a few queries for all of them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from modules.models import Module
from tests.executions.admin_modules.conftest import (
    ended,
    module,
    new_module,
    policy,
    verbs,
)
from tests.tenancy.conftest import Shop, staff

LIST = "/admin/modules/module/"


def listed(client: Client, **query: Any) -> str:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return response.content.decode()


def names(client: Client, **query: Any) -> set[str]:
    response = client.get(LIST, query)
    return {row.name for row in response.context["cl"].result_list}


def act(client: Client, action: str, *module_ids: str) -> str:
    sent = {"action": action, "_selected_action": module_ids}
    response = client.post(LIST, sent, follow=True)
    return response.content.decode()


def test_a_row_says_how_the_module_ran(operator: Client, acme: Shop) -> None:
    for outcome in ("completed", "completed", "completed", "failed", "cancelled"):
        ended(acme, acme.module, outcome)
    body = listed(operator)
    assert "75 %" in body
    assert "of 5" in body
    assert "2.0 s" in body or "1.9 s" in body or "2.1 s" in body or "2.2 s" in body


def test_the_last_run_is_the_newest_with_its_outcome(operator: Client, acme: Shop) -> None:
    ended(acme, acme.module)
    last = ended(acme, acme.module, "timed_out")
    body = listed(operator)
    assert "Timed out" in body
    assert f"/admin/executions/moduleexecution/{last}/change/" in body


def test_runs_of_a_row_that_names_anothers_module_are_not_its_own(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    foreign = ended(globex, acme.module, "lost")
    assert foreign not in listed(operator)


def test_a_module_of_an_agent_that_is_gone_says_so(operator: Client, acme: Shop) -> None:
    new_module(acme, python_module="no_such_agent", name="Orphan")
    assert "Not installed" in listed(operator)
    assert names(operator, agent="-") == {"Orphan"}


def test_many_modules_take_as_many_queries_as_one(
    operator: Client, acme: Shop, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        ended(acme, new_module(acme, name=f"Module {number}"))
    with django_assert_max_num_queries(20):
        listed(operator)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "inactive"}, {"Sleeper"}),
        ({"status": "paused"}, {"Acme module"}),
        ({"agent": "data"}, {"Tables"}),
        ({"agent": "remote"}, {"Elsewhere"}),
        ({"category": "test", "q": "sleep"}, {"Sleeper"}),
        ({"category": "none"}, set()),
        ({"agent": "nonsense", "status": "nonsense", "q": "sleep"}, {"Sleeper"}),
    ],
)
def test_filters(
    operator: Client, acme: Shop, globex: Shop, query: dict[str, str], found: set[str]
) -> None:
    new_module(acme, name="Sleeper", status="inactive")
    new_module(acme, name="Tables", python_module="agents.data")
    new_module(acme, name="Elsewhere", endpoint="https://example.com/run")
    held = policy(acme)
    held.paused = True
    held.save()
    new_module(globex, name="Foreign", status="inactive", python_module="data")
    assert names(operator, **query) == found


def test_categories_are_those_of_ones_own_modules(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.modules SET category = 'hush' WHERE id = %s", [globex.module])
    assert "hush" not in listed(operator)


@pytest.mark.parametrize(
    ("action", "verb"),
    [
        ("deactivate", "module.deactivated"),
        ("pause", "switch.paused"),
        ("duplicate", "module.duplicated"),
    ],
)
def test_actions_change_ones_own_modules_alone(
    operator: Client, acme: Shop, globex: Shop, action: str, verb: str
) -> None:
    act(operator, action, acme.module, globex.module)
    assert verbs(acme) == [verb]
    assert verbs(globex) == []
    assert module(globex).status == Module.ACTIVE


def test_what_is_paused_and_inactive_comes_back(operator: Client, acme: Shop) -> None:
    for action in ("pause", "deactivate"):
        act(operator, action, acme.module)
    assert (policy(acme).paused, module(acme).status) == (True, "inactive")
    for action in ("resume", "activate"):
        act(operator, action, acme.module)
    assert (policy(acme).paused, module(acme).status) == (False, "active")
    assert verbs(acme)[2:] == ["switch.resumed", "module.activated"]


def test_what_is_so_already_is_counted_as_nothing(operator: Client, acme: Shop) -> None:
    assert "0 modules activated" in act(operator, "activate", acme.module)
    assert verbs(acme) == []


def test_whoever_may_only_look_at_some_changes_the_others(acme: Shop, globex: Shop) -> None:
    client = staff("bea", acme=(acme, "operator"), globex=(globex, "viewer"))
    body = act(client, "deactivate", acme.module, globex.module)
    assert "1 left alone" in body
    assert (module(acme).status, module(globex).status) == ("inactive", "active")


def test_a_viewer_is_offered_no_action(acme: Shop, globex: Shop) -> None:
    viewer = staff("vera", acme=(acme, "viewer"))
    assert "Deactivate" not in listed(viewer)
    act(viewer, "deactivate", acme.module)
    assert module(acme).status == Module.ACTIVE


def test_organizations_are_named_where_there_are_several(acme: Shop, globex: Shop) -> None:
    both = staff("bea", acme=(acme, "viewer"), globex=(globex, "viewer"))
    alone = staff("ann", acme=(acme, "viewer"))
    assert "field-org" in listed(both)
    assert "field-org" not in listed(alone)
