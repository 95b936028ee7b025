"""Policies, circuits and the kill switch in the admin: who changes which, and what it does."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from executions.models import KillSwitch
from modules.models import Module, ModuleCircuit, ModulePolicy
from platform_agents.tenancy.models import OrgPolicy
from tests import factories
from tests.tenancy.conftest import Shop, staff, text
from tests.tenancy.test_admin_writes import refused

ADD = "/admin/modules/modulepolicy/add/"
CIRCUITS = "/admin/modules/modulecircuit/"


def form(**values: Any) -> dict[str, Any]:
    """A good policy of a module, with changes."""
    return {"priority": "0", **values}


def change(shop: Shop) -> str:
    return f"/admin/modules/modulepolicy/{shop.module}/change/"


def policy(shop: Shop) -> ModulePolicy:
    return ModulePolicy.objects.for_org(shop.org.id).get(module_id=shop.module)


def another_module(shop: Shop) -> str:
    with connection.cursor() as cursor:
        return factories.module(cursor, org=shop.org, name=f"{shop.name} second")


def test_an_operator_pauses_a_module_of_their_own_and_is_named(
    operator: Client, acme: Shop
) -> None:
    values = form(paused="on", pause_reason="maintenance", concurrency="3", timeout_s="1.5")
    assert operator.post(change(acme), values).status_code == 302
    saved = policy(acme)
    assert (saved.paused, saved.pause_reason, saved.paused_by) == (True, "maintenance", "ann")
    assert (saved.concurrency, saved.timeout_s) == (3, 1.5)
    assert saved.paused_at is not None
    assert operator.post(change(acme), form()).status_code == 302
    assert (policy(acme).paused, policy(acme).paused_by, policy(acme).paused_at) == (
        False, "", None,
    )  # fmt: skip


def test_an_operator_adds_a_policy_to_a_module_of_their_own_only(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    mine, foreign = another_module(acme), another_module(globex)
    page = text(operator, "modules/modulepolicy/add/")
    assert mine in page
    assert foreign not in page
    assert list(refused(operator, ADD, form(module=foreign))) == ["module"]
    assert operator.post(ADD, form(module=mine, max_attempts="5")).status_code == 302
    saved = ModulePolicy.objects.for_org(acme.org.id).get(module_id=mine)
    assert saved.max_attempts == 5
    assert not ModulePolicy.objects.for_org(globex.org.id).filter(module_id=foreign).exists()


def test_the_choices_of_one_operator_do_not_stay_for_the_next(acme: Shop, globex: Shop) -> None:
    mine, foreign = another_module(acme), another_module(globex)
    ann, gus = staff("ann", a=(acme, "operator")), staff("gus", g=(globex, "operator"))
    for client, seen, hidden in ((ann, mine, foreign), (gus, foreign, mine), (ann, mine, foreign)):
        page = text(client, "modules/modulepolicy/add/")
        assert seen in page
        assert hidden not in page


def test_a_second_policy_for_a_module_is_refused(operator: Client, acme: Shop) -> None:
    assert "already" in str(refused(operator, ADD, form(module=acme.module)))


def test_a_policy_never_changes_hands(operator: Client, acme: Shop, globex: Shop) -> None:
    values = form(module=another_module(globex), module_id="x", org_id=globex.org.id)
    operator.post(change(acme), values)
    assert policy(acme).org_id == acme.org.id


def test_viewers_and_strangers_change_no_policy(acme: Shop, globex: Shop) -> None:
    viewer = staff("vera", a=(acme, "viewer"))
    assert viewer.post(change(acme), form(paused="on")).status_code == 403
    assert viewer.get(ADD).status_code == 403
    assert staff("gus", g=(globex, "operator")).post(change(acme), form()).status_code == 302
    assert not policy(acme).paused


@pytest.mark.parametrize(
    ("field", "value"),
    [("concurrency", "0"), ("concurrency", "-1"), ("timeout_s", "0"), ("timeout_s", "inf"),
     ("start_within_s", "nan"), ("max_attempts", "0"), ("backoff_s", "-1"),
     ("circuit_failures", "0"), ("priority", "99999"), ("priority", "")],
)  # fmt: skip
def test_a_wrong_number_is_refused_at_its_field(
    operator: Client, acme: Shop, field: str, value: str
) -> None:
    assert list(refused(operator, change(acme), form(**{field: value}))) == [field]


class TestOrganizations:
    def test_a_superuser_sets_the_policy_of_one(self, superuser: Client, acme: Shop) -> None:
        path = f"/admin/tenancy/orgpolicy/{acme.org.id}/change/"
        values = {"concurrency": "7", "paused": "on", "pause_reason": "bills", "weight": "2"}
        assert superuser.post(path, values).status_code == 302
        saved = OrgPolicy.objects.for_org(acme.org.id).get()
        assert (saved.concurrency, saved.paused, saved.weight) == (7, True, 2)
        assert saved.paused_by == "root"

    def test_a_superuser_adds_one_and_only_one(self, superuser: Client, acme: Shop) -> None:
        OrgPolicy.objects.for_org(acme.org.id).delete()
        add = "/admin/tenancy/orgpolicy/add/"
        values = {"org": acme.org.id, "weight": "3"}
        assert superuser.post(add, values).status_code == 302
        assert OrgPolicy.objects.for_org(acme.org.id).get().weight == 3
        assert "already" in str(refused(superuser, add, values))
        for wrong in ("0", "-1", "inf"):
            path = f"/admin/tenancy/orgpolicy/{acme.org.id}/change/"
            assert list(refused(superuser, path, {"weight": wrong})) == ["weight"]

    def test_a_superuser_limits_how_much_an_organization_submits(
        self, superuser: Client, acme: Shop
    ) -> None:
        path = f"/admin/tenancy/orgpolicy/{acme.org.id}/change/"
        assert list(refused(superuser, path, {"rate_per_s": "0"})) == ["rate_per_s"]
        assert list(refused(superuser, path, {"rate_burst": "0.5"})) == ["rate_burst"]
        assert superuser.post(path, {"rate_per_s": "2.5", "rate_burst": "9"}).status_code == 302
        saved = OrgPolicy.objects.for_org(acme.org.id).get()
        assert (saved.rate_per_s, saved.rate_burst) == (2.5, 9)

    def test_an_operator_reads_it_and_changes_nothing(self, operator: Client, acme: Shop) -> None:
        path = f"/admin/tenancy/orgpolicy/{acme.org.id}/change/"
        assert "late with its money" in operator.get(path).content.decode()
        assert operator.post(path, {"weight": "100"}).status_code == 403
        assert operator.get("/admin/tenancy/orgpolicy/add/").status_code == 403
        assert OrgPolicy.objects.for_org(acme.org.id).get().weight is None


class TestCircuits:
    def reset(self, client: Client, *shops: Shop) -> int:
        chosen = [shop.module for shop in shops]
        return client.post(CIRCUITS, {"action": "reset", "_selected_action": chosen}).status_code

    def failures(self, shop: Shop) -> int:
        return ModuleCircuit.objects.for_org(shop.org.id).get(module_id=shop.module).failures

    def test_an_operator_resets_one_of_their_own(
        self, operator: Client, acme: Shop, globex: Shop
    ) -> None:
        Module.objects.for_org(acme.org.id).filter(id=acme.module).update(status="error")
        assert self.reset(operator, acme, globex) == 302
        assert (self.failures(acme), self.failures(globex)) == (0, 2)
        assert Module.objects.for_org(acme.org.id).get(id=acme.module).status == "active"

    def test_who_only_views_the_other_organization_resets_nothing_there(
        self, acme: Shop, globex: Shop
    ) -> None:
        self.reset(staff("bea", a=(acme, "viewer"), g=(globex, "operator")), acme, globex)
        assert (self.failures(acme), self.failures(globex)) == (2, 0)

    def test_a_viewer_resets_nothing(self, acme: Shop, globex: Shop) -> None:
        self.reset(staff("vera", a=(acme, "viewer")), acme)
        assert self.failures(acme) == 2


def test_a_superuser_pauses_everything_and_resumes(superuser: Client) -> None:
    add = "/admin/executions/killswitch/add/"
    assert superuser.post(add, {"paused": "on", "reason": "fire"}).status_code == 302
    switch = KillSwitch.objects.get()
    assert (switch.paused, switch.reason, switch.changed_by) == (True, "fire", "root")
    assert superuser.get(add).status_code == 403, "there is one at most"
    path = "/admin/executions/killswitch/1/change/"
    assert superuser.post(path, {"reason": ""}).status_code == 302
    assert not KillSwitch.objects.get().paused
