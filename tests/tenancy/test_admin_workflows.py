"""Workflows in the operators' admin: a config whose modules exist, and approvals decided there."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from executions.models import Approval, Run, Step
from tests import factories
from tests.tenancy.conftest import EVERY_ROW, Shop, staff, text

ADD = "/admin/modules/module/add/"


def form(shop: Shop, *steps: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "A workflow", "category": "test", "python_module": "automation", "endpoint": "",
        "config.__as": "json", "config.__json": json.dumps({"steps": steps}),
        "status": "active", "org": shop.org.id,
    }  # fmt: skip


def calling(name: str) -> dict[str, Any]:
    return {"id": "a", "uses": "module", "with": {"module": name}}


def errors(client: Client, values: dict[str, Any]) -> str:
    response = client.post(ADD, values)
    assert response.status_code == 200
    return " ".join(response.context["adminform"].form.errors["config"])


def test_a_workflow_of_modules_that_exist_is_saved(operator: Client, acme: Shop) -> None:
    data = {"id": "d", "uses": "data", "with": {"records": "${{ input.rows }}"}}
    with connection.cursor() as cursor:
        factories.module(cursor, org=acme.org, python_module="data_processor", name="Tables")
    steps = (calling(acme.module), {**calling("echo"), "id": "b"}, {**calling("Tables"), "id": "c"})
    computed = {**calling("${{ input.which }}"), "id": "e"}
    assert operator.post(ADD, form(acme, *steps, data, computed)).status_code == 302


def test_a_module_that_does_not_exist_is_named_by_its_path(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    """One of another organization does not exist either."""
    foreign, missing = (
        errors(operator, form(acme, calling("echo"), {**calling(name), "id": "b"}))
        for name in (globex.module, "f" * 32)
    )
    assert foreign.replace(globex.module, "f" * 32) == missing
    assert "config.steps.1.with.module: There is no module" in missing


def test_a_data_step_needs_a_data_module(operator: Client, acme: Shop) -> None:
    why = errors(operator, form(acme, {"id": "d", "uses": "data"}))
    assert "config.steps.0.uses: There is no module 'data'" in why
    assert "Add one whose python module is data." in why


def test_a_module_that_is_not_active_or_not_the_only_one_is_named(
    operator: Client, acme: Shop
) -> None:
    with connection.cursor() as cursor:
        factories.module(cursor, org=acme.org, name="Off", status="inactive")
        for _ in range(2):
            factories.module(cursor, org=acme.org, python_module="nlp", name="Twice")
    assert "not active" in errors(operator, form(acme, calling("Off")))
    assert "Several modules" in errors(operator, form(acme, calling("Twice")))


def test_a_workflow_that_is_not_valid_is_refused_with_its_paths(
    operator: Client, acme: Shop
) -> None:
    why = errors(operator, form(acme, {"id": "a", "uses": "set", "needs": ["b"]}))
    assert "config.steps.0.needs.0: There is no step 'b'" in why


# --- approvals ------------------------------------------------------------------------------------


def approval(shop: Shop) -> Approval:
    return Approval.objects.for_org(shop.org.id).get(pk=shop.approval)


def page(shop: Shop) -> str:
    return f"/admin/executions/approval/{shop.approval}/change/"


def test_a_step_is_named_with_the_number_of_its_item(operator: Client, acme: Shop) -> None:
    steps = "/admin/executions/step/"
    assert ">Acme step<" in operator.get(steps).content.decode()
    Step.objects.for_org(acme.org.id).update(index=2)
    assert ">Acme step[2]<" in operator.get(steps).content.decode()


def test_an_operator_decides_once_with_a_comment(operator: Client, acme: Shop) -> None:
    assert 'name="decision"' in text(operator, page(acme).removeprefix("/admin/"))
    answer = {"decision": "approve", "comment": "Go."}
    assert operator.post(page(acme), answer).status_code == 302
    decided = approval(acme)
    assert (decided.state, decided.decided_by, decided.comment) == ("approved", "user:ann", "Go.")
    assert Run.objects.for_org(acme.org.id).get(pk=acme.run).decisions == 1
    assert 'name="decision"' not in text(operator, page(acme).removeprefix("/admin/"))
    assert operator.post(page(acme), {**answer, "decision": "reject"}).status_code == 403
    assert approval(acme).state == "approved"


@pytest.mark.parametrize(("action", "state"), [("approve", "approved"), ("reject", "rejected")])
def test_an_operator_decides_several_at_once(
    operator: Client, acme: Shop, globex: Shop, action: str, state: str
) -> None:
    """Those of other organizations among them are not touched."""
    chosen = [acme.approval, globex.approval]
    values = {"action": action, "_selected_action": chosen}
    operator.post("/admin/executions/approval/", values)
    assert (approval(acme).state, approval(globex).state) == (state, "pending")


def test_who_only_looks_decides_nothing(acme: Shop, globex: Shop) -> None:
    viewer = staff("vic", acme=(acme, "viewer"), globex=(globex, "operator"))
    assert 'name="decision"' not in text(viewer, page(acme).removeprefix("/admin/"))
    assert viewer.post(page(acme), {"decision": "approve"}).status_code == 403
    values = {"action": "approve", "_selected_action": [acme.approval]}
    assert viewer.post("/admin/executions/approval/", values).status_code == 403
    assert approval(acme).state == "pending"


def test_another_organizations_approval_is_not_there(operator: Client, globex: Shop) -> None:
    assert operator.post(page(globex), {"decision": "approve"}).status_code == 302
    assert approval(globex).state == "pending"


def test_what_has_ended_is_closed(operator: Client, acme: Shop) -> None:
    runs = Run.objects.unscoped(EVERY_ROW).filter(pk=acme.run)
    runs.update(state="done", outcome="cancelled")
    body = text(operator, page(acme).removeprefix("/admin/"))
    assert "closed" in body
    assert 'name="decision"' not in body
