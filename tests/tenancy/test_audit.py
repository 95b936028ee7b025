"""The audit: what operators do is on record, for the admins of their organization."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from platform_agents.tenancy import audit
from platform_agents.tenancy.audit import AuditEntry
from platform_agents.tenancy.models import Membership
from tests.tenancy.conftest import EVERY_ROW, Shop, signed_in, staff, text
from tests.tenancy.test_admin_writes import change, form

PAGE = "tenancy/auditentry"


def entries(shop: Shop) -> list[AuditEntry]:
    return list(AuditEntry.objects.for_org(shop.org.id).order_by("id"))


def last(shop: Shop) -> AuditEntry:
    return entries(shop)[-1]


def said(shop: Shop, verb: str, **more: Any) -> AuditEntry:
    audit.record(
        verb, by="ann", model="modules.module", object_id=shop.module, org_id=shop.org.id,
        label=shop.name, **more,
    )  # fmt: skip
    return last(shop)


class TestRecord:
    def test_it_is_kept_masked_and_bounded(self, acme: Shop) -> None:
        entry = said(
            acme, "module.saved", before={"api_key": "hunter2", "nul": "a\x00b"},
            after={"text": "x" * 10_000, "n": 1}, address="10.0.0.1",
        )  # fmt: skip
        assert entry.before == {"api_key": "(hidden)", "nul": "a…b"}
        assert entry.after == {"text": "x" * 500 + "…", "n": 1}
        assert (entry.by, entry.address, entry.object_id) == ("ann", "10.0.0.1", acme.module)

    def test_more_than_anybody_reads_is_not_kept(self, acme: Shop) -> None:
        entry = said(acme, "module.saved", after={str(n): "x" * 400 for n in range(100)})
        assert list(entry.after) == ["…"]
        assert len(json.dumps(entry.after)) < 200

    def test_what_is_rolled_back_was_never_done(self, acme: Shop) -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            said(acme, "module.saved")
            raise ZeroDivisionError
        assert entries(acme) == []


class TestSaves:
    def test_a_module_says_what_was_changed_and_why(self, operator: Client, acme: Shop) -> None:
        config = {"api_key": "hunter2", "n": 1}
        values = form(config=json.dumps(config), reason="Faster.")
        assert operator.post(change(acme), values, REMOTE_ADDR="10.0.0.7").status_code == 302
        [entry] = entries(acme)
        assert (entry.verb, entry.by, entry.address) == ("module.saved", "ann", "10.0.0.7")
        assert (entry.model, entry.object_id, entry.label) == (
            "modules.module", acme.module, "Renamed",
        )  # fmt: skip
        assert entry.before == {"name": "Acme module", "endpoint": None, "config": None}
        assert entry.after == {
            "name": "Renamed", "endpoint": "", "config": {"api_key": "(hidden)", "n": 1},
            "reason": "Faster.",
        }  # fmt: skip

    def test_a_new_module_has_nothing_before(self, operator: Client, acme: Shop) -> None:
        operator.post("/admin/modules/module/add/", form(org=acme.org.id))
        [entry] = entries(acme)
        assert entry.before is None
        assert entry.after["name"] == "Renamed"
        assert len(entry.object_id) == 36

    def test_what_was_refused_is_not_on_record(
        self, operator: Client, acme: Shop, globex: Shop
    ) -> None:
        assert operator.post(change(acme), form(config="{")).status_code == 200
        operator.post(change(globex), form())
        assert staff("vera", acme=(acme, "viewer")).post(change(acme), form()).status_code == 403
        assert entries(acme) == entries(globex) == []

    def test_a_secret_is_changed_and_its_value_is_nowhere(
        self, operator: Client, acme: Shop
    ) -> None:
        path = f"/admin/tenancy/secret/{acme.secret}"
        operator.post(f"{path}/change/", {"value": "hunter2-hunter2"})
        operator.post(f"{path}/delete/", {"post": "yes"})
        changed, deleted = entries(acme)
        assert (changed.verb, deleted.verb) == ("secret.changed", "secret.deleted")
        assert changed.label == deleted.label == "KEY_OF_ACME"
        assert "hunter2" not in str([vars(changed), vars(deleted)])
        assert "box" not in {**changed.after, **deleted.before}

    def test_a_pause_in_a_policy_is_seen(self, operator: Client, acme: Shop) -> None:
        path = f"/admin/modules/modulepolicy/{acme.module}/change/"
        values = {"paused": "on", "pause_reason": "Broken.", "priority": "0"}
        assert operator.post(path, values).status_code == 302
        entry = last(acme)
        assert entry.verb == "module_policy.saved"
        assert (entry.before["paused"], entry.after["paused"]) == (False, True)
        assert entry.after["paused_by"] == "ann"

    def test_schedules_are_saved_and_deleted(self, operator: Client, acme: Shop) -> None:
        path = f"/admin/modules/moduleschedule/{acme.schedule}"
        values = {"name": "Nightly", "interval_s": "60", "zone": "UTC", "input": "{}",
                  "overlap": "skip", "catch_up": "none"}  # fmt: skip
        response = operator.post(f"{path}/change/", values)
        assert response.status_code == 302, response.context["adminform"].form.errors
        entry = last(acme)
        assert entry.verb == "schedule.saved"
        assert (entry.before["interval_s"], entry.after["interval_s"]) == (3600, 60)
        chosen = {"action": "delete_selected", "_selected_action": acme.schedule, "post": "yes"}
        assert operator.post("/admin/modules/moduleschedule/", chosen).status_code == 302
        assert (last(acme).verb, last(acme).label) == ("schedule.deleted", "Nightly")

    def test_memberships_are_given_and_taken(self, superuser: Client, acme: Shop) -> None:
        user = User.objects.create_user("new", is_staff=True)
        values = {"user": user.pk, "org": acme.org.id, "role": "viewer"}
        superuser.post("/admin/tenancy/membership/add/", values)
        [given] = Membership.objects.for_org(acme.org.id).filter(user=user)
        superuser.post(f"/admin/tenancy/membership/{given.pk}/delete/", {"post": "yes"})
        assert [(e.verb, e.by) for e in entries(acme)] == [
            ("membership.saved", "root"), ("membership.deleted", "root"),
        ]  # fmt: skip

    def test_what_concerns_everybody_is_of_no_organization(
        self, superuser: Client, acme: Shop
    ) -> None:
        superuser.post("/admin/tenancy/planpolicy/add/", {"plan": "gold", "weight": "2"})
        superuser.post("/admin/executions/killswitch/add/", {"paused": "on", "reason": "Fire."})
        rows = AuditEntry.objects.unscoped(EVERY_ROW).filter(org_id="").order_by("id")
        assert [(e.verb, e.after) for e in rows] == [
            ("plan.saved", {"plan": "gold", "weight": 2.0}),
            ("switch.paused", {"reason": "Fire."}),
        ]
        assert entries(acme) == []


class TestPage:
    @pytest.fixture
    def chief(self, acme: Shop, globex: Shop) -> Client:
        """Admin of Acme, operator of Globex."""
        return staff("cleo", acme=(acme, "admin"), globex=(globex, "operator"))

    @pytest.fixture(autouse=True)
    def rows(self, acme: Shop, globex: Shop) -> None:
        for shop in (acme, globex):
            said(shop, "module.saved", before={"a": f"{shop.name} was"}, after={"a": 1})
        audit.record("switch.paused", by="root", model="m", object_id="", org_id=None, label="all")

    def test_an_admin_reads_what_was_done_in_their_own(
        self, chief: Client, acme: Shop, globex: Shop
    ) -> None:
        body = text(chief, f"{PAGE}/")
        assert "Acme" in body
        assert "module.saved" in body
        assert f"{last(globex).pk}/change/" not in body
        assert "switch.paused" not in body
        assert "Acme was" in text(chief, f"{PAGE}/{last(acme).pk}/change/")
        assert text(chief, f"{PAGE}/", q="module.saved").count("/change/") == 1

    def test_it_is_filtered_by_deed_and_day_of_ones_own(
        self, chief: Client, superuser: Client, acme: Shop
    ) -> None:
        said(acme, "module.deleted", before={"a": 1}, after=None)
        assert text(chief, f"{PAGE}/", verb="module.deleted").count("/change/") == 1
        assert "?verb=switch.paused" not in text(chief, f"{PAGE}/")
        assert "?verb=switch.paused" in text(superuser, f"{PAGE}/")
        assert "/change/" not in text(chief, f"{PAGE}/", at__lt="2020-01-01")
        assert text(chief, f"{PAGE}/", at__gte="2020-01-01").count("/change/") == 2

    def test_what_is_of_others_or_of_nobody_is_missing(self, chief: Client, globex: Shop) -> None:
        nobodys = AuditEntry.objects.unscoped(EVERY_ROW).get(org_id="")
        answers = {
            (response.status_code, response["location"])
            for pk in (last(globex).pk, nobodys.pk, 10**15)
            for response in [chief.get(f"/admin/{PAGE}/{pk}/change/")]
        }
        assert answers == {(302, "/admin/")}

    @pytest.mark.parametrize("role", ["viewer", "operator"])
    def test_others_of_the_organization_have_no_such_page(self, acme: Shop, role: str) -> None:
        client = staff("otto", acme=(acme, role))
        for path in (f"{PAGE}/", f"{PAGE}/{last(acme).pk}/change/", f"{PAGE}/add/"):
            assert client.get(f"/admin/{path}").status_code == 403
        assert PAGE not in text(client, "")

    def test_nobody_without_signing_in(self, client: Client) -> None:
        assert client.get(f"/admin/{PAGE}/").status_code == 302

    def test_superusers_read_all_of_it(self, superuser: Client) -> None:
        body = text(superuser, f"{PAGE}/")
        assert [word for word in ("Acme", "Globex", "switch.paused") if word not in body] == []

    def test_nobody_changes_it(self, acme: Shop) -> None:
        root = signed_in(User.objects.create_superuser("root", password="x"))
        path = f"/admin/{PAGE}/{last(acme).pk}"
        assert root.post(f"{path}/change/", {"by": "nobody"}).status_code == 403
        assert root.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
        assert root.post(f"/admin/{PAGE}/add/", {}).status_code == 403
        assert last(acme).by == "ann"
