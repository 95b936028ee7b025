"""A module's page: what is said above the tabs, what its buttons do, and the tabs."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from modules.models import Module, ModuleCircuit
from tests.executions.admin_modules.conftest import (
    ended,
    module,
    new_module,
    page,
    policy,
    verbs,
)
from tests.tenancy.conftest import Shop, staff

TABS = ("change", "policy", "schedules", "webhooks", "config")
DEEDS = ("activate", "deactivate", "pause", "resume", "reset", "duplicate")


def body(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


class TestHeader:
    def test_it_says_how_the_module_ran(self, operator: Client, acme: Shop) -> None:
        ended(acme, acme.module)
        ended(acme, acme.module, "failed")
        for tab in TABS:
            said = body(operator, page(acme, tab))
            assert "50 %" in said
            assert "Gives its input back." in said

    def test_findings_stand_there_in_words(self, operator: Client, acme: Shop) -> None:
        wrong = new_module(acme, python_module="nlp", config={"temperature": "hot", "modell": "x"})
        said = body(operator, page(acme, module_id=wrong))
        assert "It cannot run" in said
        assert "config.temperature" in said
        gone = new_module(acme, python_module="gone_agent")
        said = body(operator, page(acme, module_id=gone))
        assert "is not installed" in said
        assert "Run now" not in said

    def test_each_tab_takes_few_queries(
        self, operator: Client, acme: Shop, django_assert_max_num_queries: Any
    ) -> None:
        with connection.cursor() as cursor:
            for number in range(30):
                cursor.execute(
                    "INSERT INTO modules_schedule (org_id, module_id, name, interval_s, input, "
                    "next_at) VALUES (%s, %s, %s, 3600, '{}', now())",
                    [acme.org.id, acme.module, f"Schedule {number}"],
                )
        for _ in range(30):
            ended(acme, acme.module)
        for tab in (*TABS, "run"):
            with django_assert_max_num_queries(20):
                body(operator, page(acme, tab))


class TestButtons:
    def do(self, client: Client, shop: Shop, deed: str, **sent: str) -> str:
        response = client.post(page(shop, deed), sent, follow=True)
        assert response.status_code == 200
        return response.content.decode()

    def test_deactivate_and_activate(self, operator: Client, acme: Shop) -> None:
        assert "calls are refused" in self.do(operator, acme, "deactivate")
        assert module(acme).status == Module.INACTIVE
        assert "calls are accepted" in self.do(operator, acme, "activate")
        assert module(acme).status == Module.ACTIVE
        assert verbs(acme) == ["module.deactivated", "module.activated"]

    def test_pause_with_a_reason_and_resume(self, operator: Client, acme: Shop) -> None:
        said = self.do(operator, acme, "pause", reason="<b>Prices</b>")
        assert "Paused by ann" in said
        assert "&lt;b&gt;Prices&lt;/b&gt;" in said
        assert (policy(acme).paused, policy(acme).paused_by) == (True, "ann")
        self.do(operator, acme, "resume")
        assert not policy(acme).paused
        assert verbs(acme) == ["switch.paused", "switch.resumed"]

    def test_reset_counts_anew(self, operator: Client, acme: Shop) -> None:
        Module.objects.for_org(acme.org.id).filter(pk=acme.module).update(status=Module.ERROR)
        assert "Count anew" in body(operator, page(acme))
        self.do(operator, acme, "reset")
        assert module(acme).status == Module.ACTIVE
        circuit = ModuleCircuit.objects.for_org(acme.org.id).get(module_id=acme.module)
        assert circuit.failures == 0

    def test_a_copy_is_inactive_and_has_config_and_policy(
        self, operator: Client, acme: Shop
    ) -> None:
        Module.objects.for_org(acme.org.id).filter(pk=acme.module).update(config={"n": 1})
        self.do(operator, acme, "pause")
        assert "This is the copy" in self.do(operator, acme, "duplicate")
        copy = Module.objects.for_org(acme.org.id).get(name="Acme module (copy)")
        assert (copy.status, copy.config, copy.python_module) == ("inactive", {"n": 1}, "echo")
        own = type(policy(acme)).objects.for_org(acme.org.id).get(module_id=copy.pk)
        assert (own.circuit_failures, own.paused) == (3, False)

    def test_they_take_a_post(self, operator: Client, acme: Shop) -> None:
        for deed in DEEDS:
            assert operator.get(page(acme, deed)).status_code == 405
        assert verbs(acme) == []

    @pytest.mark.parametrize("deed", DEEDS)
    def test_a_viewer_presses_none(self, acme: Shop, globex: Shop, deed: str) -> None:
        viewer = staff("vera", acme=(acme, "viewer"))
        assert viewer.post(page(acme, deed)).status_code == 403
        assert f"/{deed}/" not in body(viewer, page(acme))
        assert verbs(acme) == []

    @pytest.mark.parametrize("deed", DEEDS)
    def test_anothers_module_is_a_missing_one(
        self, operator: Client, acme: Shop, globex: Shop, deed: str
    ) -> None:
        for module_id in (globex.module, "no-such-module"):
            response = operator.post(page(acme, deed, module_id))
            assert (response.status_code, response["location"]) == (302, "/admin/")
        assert verbs(globex) == []
        assert module(globex).status == Module.ACTIVE


class TestPolicy:
    SENT = {"priority": "0", "timeout_s": "12.5", "circuit_failures": "3"}

    def test_it_is_saved_for_this_module(self, operator: Client, acme: Shop) -> None:
        response = operator.post(page(acme, "policy"), self.SENT)
        assert response.status_code == 302
        assert policy(acme).timeout_s == 12.5
        assert verbs(acme) == ["module_policy.saved"]

    def test_a_module_without_one_gets_it(self, operator: Client, acme: Shop) -> None:
        fresh = new_module(acme)
        operator.post(page(acme, "policy", fresh), {**self.SENT, "paused": "on"})
        own = type(policy(acme)).objects.for_org(acme.org.id).get(module_id=fresh)
        assert (own.timeout_s, own.paused, own.paused_by) == (12.5, True, "ann")

    def test_saved_as_it_was_is_nothing(self, operator: Client, acme: Shop) -> None:
        operator.post(page(acme, "policy"), {"priority": "0", "circuit_failures": "3"})
        fresh = new_module(acme)
        operator.post(page(acme, "policy", fresh), {"priority": "0"})
        assert verbs(acme) == []

    def test_what_is_wrong_is_said_at_its_field(self, operator: Client, acme: Shop) -> None:
        response = operator.post(page(acme, "policy"), {**self.SENT, "max_attempts": "0"})
        assert response.status_code == 200
        assert list(response.context["form"].errors) == ["max_attempts"]
        assert policy(acme).timeout_s is None

    def test_a_viewer_looks(self, acme: Shop, globex: Shop) -> None:
        viewer = staff("vera", acme=(acme, "viewer"))
        assert "Save the policy" not in body(viewer, page(acme, "policy"))
        assert viewer.post(page(acme, "policy"), self.SENT).status_code == 403
        assert policy(acme).timeout_s is None


class TestTabs:
    def test_schedules_are_this_modules(self, operator: Client, acme: Shop) -> None:
        assert "Acme schedule" in body(operator, page(acme, "schedules"))
        other = page(acme, "schedules", new_module(acme))
        said = body(operator, other)
        assert "Acme schedule" not in said
        assert "/admin/modules/moduleschedule/add/?module=" in said

    def test_anothers_module_is_a_missing_one(
        self, operator: Client, acme: Shop, globex: Shop
    ) -> None:
        for tab in (*TABS, "run"):
            answers = [operator.get(page(acme, tab, m)) for m in (globex.module, "no-such")]
            assert {(a.status_code, a["location"]) for a in answers} == {(302, "/admin/")}

    def test_a_viewers_settings_hide_secrets(self, acme: Shop, globex: Shop) -> None:
        config = {"api_key": "hush-hush", "model": "m"}
        Module.objects.for_org(acme.org.id).filter(pk=acme.module).update(config=config)
        said = body(staff("vera", acme=(acme, "viewer")), page(acme))
        assert "hush" not in said
        assert "model" in said
