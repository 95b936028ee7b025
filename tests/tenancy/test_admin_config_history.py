"""The history of a module's config in the admin: who, why, what changed, and back again."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from modules.config_history import history, restore
from modules.config_version import ConfigVersion
from modules.errors import ConfigVersionUnknown, InvalidModuleConfig, ModuleNotFound
from platform_agents.tenancy.audit import AuditEntry
from tests.tenancy.conftest import Shop, staff, text
from tests.tenancy.test_admin_writes import ADD, change, form, module


def versions(shop: Shop) -> list[tuple[int, str, str, str | None]]:
    rows = ConfigVersion.objects.for_org(shop.org.id).filter(module_id=shop.module)
    return list(rows.order_by("version").values_list("version", "author", "reason", "config"))


def save(client: Client, shop: Shop, config: Any, **values: Any) -> None:
    response = client.post(change(shop), form(config=json.dumps(config), **values))
    assert response.status_code == 302


def gateway_writes(shop: Shop, **columns: str) -> None:
    with connection.cursor() as cursor:
        for name, value in columns.items():
            cursor.execute(
                f"UPDATE public.modules SET {name} = %s WHERE id = %s", [value, shop.module]
            )


def page(shop: Shop, module_id: str = "") -> str:
    return f"modules/module/{module_id or shop.module}/config/"


def restored(client: Client, shop: Shop, version: int, module_id: str = "") -> Any:
    return client.post(f"/admin/{page(shop, module_id)}{version}/restore/", follow=True)


class TestSaving:
    def test_each_save_is_a_version_with_who_and_why(self, operator: Client, acme: Shop) -> None:
        save(operator, acme, {"n": 1}, reason="First.")
        save(operator, acme, {"n": 2})
        assert versions(acme) == [
            (1, "gateway", "", None), (2, "ann", "First.", '{"n":1}'), (3, "ann", "", '{"n":2}'),
        ]  # fmt: skip

    def test_what_the_gateway_wrote_in_between_is_kept(self, operator: Client, acme: Shop) -> None:
        save(operator, acme, {"n": 1})
        gateway_writes(acme, config='{"n": 7}')
        save(operator, acme, {"n": 2})
        assert [row[1:] for row in versions(acme)][-2:] == [
            ("gateway", "", '{"n": 7}'), ("ann", "", '{"n":2}'),
        ]  # fmt: skip

    def test_another_name_is_no_version(self, operator: Client, acme: Shop) -> None:
        save(operator, acme, {"n": 1})
        before = versions(acme)
        save(operator, acme, {"n": 1}, name="Another", status="inactive", reason="A name.")
        assert versions(acme) == before

    def test_a_new_module_begins_with_version_1(self, operator: Client, acme: Shop) -> None:
        operator.post(ADD, form(org=acme.org.id, reason="New."))
        [found] = ConfigVersion.objects.for_org(acme.org.id)
        assert (found.version, found.author, found.reason) == (1, "ann", "New.")

    def test_what_is_refused_is_no_version(self, operator: Client, acme: Shop) -> None:
        operator.post(change(acme), form(config="{", reason="Broken."))
        operator.post(change(acme), form(reason="x" * 501))
        assert versions(acme) == []

    def test_a_viewer_is_not_asked_why(self, acme: Shop, globex: Shop) -> None:
        viewer = staff("vera", acme=(acme, "viewer"))
        assert 'name="reason"' not in text(viewer, f"modules/module/{acme.module}/change/")


class TestPage:
    def test_it_is_reached_from_the_module(self, operator: Client, acme: Shop) -> None:
        body = text(operator, f"modules/module/{acme.module}/change/")
        assert f"/admin/{page(acme)}" in body

    def test_an_empty_one_says_when_versions_are_kept(self, operator: Client, acme: Shop) -> None:
        assert "Nothing is written down yet" in text(operator, page(acme))

    def test_it_tells_what_was_changed_without_secrets(self, operator: Client, acme: Shop) -> None:
        save(operator, acme, {"model": "alpha", "api_key": "hunter2"}, reason="<b>Why</b>")
        save(operator, acme, {"model": "beta", "api_key": "hunter3"})
        body = text(operator, page(acme))
        for said in ("config.model", "alpha", "beta", "config.api_key", "(hidden)", "by ann",
                     "&lt;b&gt;Why&lt;/b&gt;", "Version 3 (current)", "by gateway"):  # fmt: skip
            assert said in body
        assert "hunter" not in body
        assert "Restore version 3" not in body
        assert "Restore version 2" in body

    def test_it_goes_back_page_by_page(self, operator: Client, acme: Shop) -> None:
        for n in range(1, 31):
            ConfigVersion.objects.for_org(acme.org.id).create(
                module_id=acme.module, org_id=acme.org.id, version=n, python_module="echo",
                config=str(n), author="ann",
            )  # fmt: skip
        body = text(operator, page(acme))
        assert 'id="version-6"' in body
        assert 'id="version-5"' not in body
        assert "?below=6" in body
        older = text(operator, page(acme), below="6")
        assert 'id="version-5"' in older
        assert "?below=" not in older
        for below in ("x", "-1", "9" * 30, "²"):
            assert 'id="version-30"' in text(operator, page(acme), below=below)

    def test_another_organizations_is_a_missing_one(
        self, operator: Client, acme: Shop, globex: Shop
    ) -> None:
        save(staff("gus", globex=(globex, "operator")), globex, {"n": 1})
        for path in (page(globex), page(acme, "no-such-module")):
            response = operator.get(f"/admin/{path}")
            assert (response.status_code, response["location"]) == (302, "/admin/")
        before = module(globex).config
        for module_id in (globex.module, "no-such-module"):
            response = operator.post(f"/admin/{page(acme, module_id)}1/restore/")
            assert (response.status_code, response["location"]) == (302, "/admin/")
        assert module(globex).config == before

    def test_nobody_sees_it_without_signing_in(self, client: Client, acme: Shop) -> None:
        response = client.get(f"/admin/{page(acme)}")
        assert response["location"].startswith("/admin/login/")


class TestRestoring:
    def test_it_writes_the_text_of_then_as_a_new_version(
        self, operator: Client, acme: Shop
    ) -> None:
        gateway_writes(acme, config='{ "n": 1 }')
        save(operator, acme, {"n": 2}, python_module="nlp")
        assert "was restored, as version 3" in restored(operator, acme, 1).content.decode()
        found = module(acme)
        assert (found.python_module, found.config) == ("echo", {"n": 1})
        assert versions(acme)[-1] == (3, "ann", "Restored version 1", '{ "n": 1 }')
        entry = AuditEntry.objects.for_org(acme.org.id).latest("id")
        assert (entry.verb, entry.by, entry.object_id) == ("config.restored", "ann", acme.module)
        assert entry.after == {"version": 3, "as": 1}

    def test_what_the_gateway_wrote_since_can_be_restored_too(
        self, operator: Client, acme: Shop
    ) -> None:
        save(operator, acme, {"n": 1})
        gateway_writes(acme, config='{"n": 7}')
        restored(operator, acme, 2)
        restored(operator, acme, 3)
        assert module(acme).config == {"n": 7}

    def test_what_it_is_already_is_no_version(self, operator: Client, acme: Shop) -> None:
        save(operator, acme, {"n": 1})
        before = versions(acme)
        assert "as in version 2 already" in restored(operator, acme, 2).content.decode()
        assert versions(acme) == before

    def test_one_that_is_not_valid_any_more_is_refused(self, operator: Client, acme: Shop) -> None:
        gateway_writes(acme, python_module="nlp", config='{"temperature": "hot"}')
        save(operator, acme, {"n": 1})
        body = restored(operator, acme, 1).content.decode()
        assert "Version 1 cannot be restored" in body
        assert "config.temperature" in body
        assert module(acme).config == {"n": 1}
        assert len(versions(acme)) == 2

    def test_one_of_an_agent_that_is_gone_names_it(self, operator: Client, acme: Shop) -> None:
        gateway_writes(acme, python_module="gone")
        save(operator, acme, {"n": 1})
        assert "which is not installed" in restored(operator, acme, 1).content.decode()
        assert module(acme).python_module == "echo"

    def test_one_that_was_deleted_is_said(self, operator: Client, acme: Shop) -> None:
        save(operator, acme, {"n": 1})
        assert "no version 9" in restored(operator, acme, 9).content.decode()

    def test_it_takes_a_post(self, operator: Client, acme: Shop) -> None:
        save(operator, acme, {"n": 1})
        assert operator.get(f"/admin/{page(acme)}1/restore/").status_code == 405
        assert module(acme).config == {"n": 1}

    def test_a_viewer_looks_and_restores_nothing(
        self, operator: Client, acme: Shop, globex: Shop
    ) -> None:
        save(operator, acme, {"n": 1})
        viewer = staff("vera", acme=(acme, "viewer"))
        assert "Restore" not in text(viewer, page(acme))
        assert restored(viewer, acme, 1).status_code == 403
        assert module(acme).config == {"n": 1}

    def test_the_service_knows_organizations_too(self, acme: Shop, globex: Shop) -> None:
        with pytest.raises(ModuleNotFound):
            restore(globex.org.id, acme.module, version=1, by="gus")
        with pytest.raises(ConfigVersionUnknown):
            restore(acme.org.id, acme.module, version=9, by="ann")
        assert versions(acme) == []
        assert history(globex.org.id, acme.module) == []

    def test_a_version_of_a_former_owner_is_not_ones_own(self, acme: Shop, globex: Shop) -> None:
        ConfigVersion.objects.for_org(globex.org.id).create(
            module_id=acme.module, org_id=globex.org.id, version=1, python_module="echo",
            config="{}", author="gus",
        )  # fmt: skip
        with pytest.raises(ConfigVersionUnknown):
            restore(acme.org.id, acme.module, version=1, by="ann")

    def test_errors_come_by_field(self, acme: Shop) -> None:
        ConfigVersion.objects.for_org(acme.org.id).create(
            module_id=acme.module, org_id=acme.org.id, version=1, python_module="echo",
            endpoint="ftp://x", config="{broken", author="ann",
        )  # fmt: skip
        with pytest.raises(InvalidModuleConfig) as refused:
            restore(acme.org.id, acme.module, version=1, by="ann")
        assert set(refused.value.errors) == {"endpoint", "config"}
