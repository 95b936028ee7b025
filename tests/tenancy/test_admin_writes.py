"""What operators may change: modules of their own organizations; and superusers: memberships."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from modules.models import Module
from platform_agents.tenancy.models import Membership
from tests.tenancy.conftest import EVERY_ROW, Shop, staff

ADD = "/admin/modules/module/add/"


def module(shop: Shop) -> Module:
    return Module.objects.for_org(shop.org.id).get(id=shop.module)


def change(shop: Shop) -> str:
    return f"/admin/modules/module/{shop.module}/change/"


def form(**values: Any) -> dict[str, Any]:
    """A good module form, with changes."""
    return {"name": "Renamed", "category": "test", "python_module": "echo", "endpoint": "",
            "config": "{}", "status": "active", **values}  # fmt: skip


def count(shop: Shop) -> int:
    return Module.objects.for_org(shop.org.id).count()


def refused(client: Client, path: str, values: dict[str, Any]) -> dict[str, list[str]]:
    """The form's errors; the page is shown again."""
    response = client.post(path, values)
    assert response.status_code == 200, response.status_code
    errors: dict[str, list[str]] = dict(response.context["adminform"].form.errors)
    assert errors
    return errors


def test_an_operator_changes_a_module_of_their_own(operator: Client, acme: Shop) -> None:
    response = operator.post(change(acme), form(config='{"a": [1, "ü"]}', status="inactive"))
    assert response.status_code == 302
    saved = module(acme)
    assert (saved.name, saved.status, saved.config) == ("Renamed", "inactive", {"a": [1, "ü"]})


def test_an_operator_adds_a_module_to_their_own_organization(operator: Client, acme: Shop) -> None:
    before = count(acme)
    response = operator.post(ADD, form(org=acme.org.id))
    assert response.status_code == 302
    assert count(acme) == before + 1
    added = Module.objects.for_org(acme.org.id).get(name="Renamed")
    assert len(added.id) == 36


def test_the_form_offers_ones_own_organizations_only(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    body = operator.get(ADD).content.decode()
    assert acme.org.id in body
    assert globex.org.id not in body
    assert globex.name not in body


def test_a_forged_organization_is_refused(operator: Client, acme: Shop, globex: Shop) -> None:
    before = count(globex)
    errors = refused(operator, ADD, form(org=globex.org.id))
    assert list(errors) == ["org"]
    assert errors == refused(operator, ADD, form(org="no-such-organization"))
    assert count(globex) == before


def test_a_module_never_changes_hands(operator: Client, acme: Shop, globex: Shop) -> None:
    both = staff("bea", acme=(acme, "operator"), globex=(globex, "operator"))
    for client in (operator, both):
        client.post(change(acme), form(org=globex.org.id))
        assert module(acme).org_id == acme.org.id


def test_an_operator_who_only_views_the_other_organization_adds_nothing_there(
    acme: Shop, globex: Shop
) -> None:
    client = staff("bea", acme=(acme, "operator"), globex=(globex, "viewer"))
    before = count(globex)
    assert globex.org.id not in client.get(ADD).content.decode()
    assert list(refused(client, ADD, form(org=globex.org.id))) == ["org"]
    assert count(globex) == before
    assert client.post(change(globex), form()).status_code == 403
    assert module(globex).name != "Renamed"


def test_a_viewer_changes_and_adds_nothing(acme: Shop, globex: Shop) -> None:
    viewer = staff("vera", acme=(acme, "viewer"))
    assert viewer.get(change(acme)).status_code == 200
    assert viewer.post(change(acme), form()).status_code == 403
    assert viewer.get(ADD).status_code == 403
    assert viewer.post(ADD, form(org=acme.org.id)).status_code == 403
    assert module(acme).name != "Renamed"


def test_staff_without_a_membership_add_nothing(acme: Shop) -> None:
    assert staff("noah").post(ADD, form(org=acme.org.id)).status_code == 403


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"config": "{"}, "config", "line 1"),
        ({"config": "[1]"}, "config", "object"),
        ({"config": '{"a": NaN}'}, "config", "NaN"),
        ({"config": '{"a": 1, "a": 2}'}, "config", "twice"),
        ({"config": '{"a": "\\u0000"}'}, "config", "NUL"),
        ({"config": '{"temperature": "hot"}', "python_module": "nlp"}, "config", "temperature"),
        ({"config": '{"max_rows": 0}', "python_module": "agents.data"}, "config", "max_rows"),
        ({"python_module": "os.system"}, "python_module", "os.system"),
        ({"python_module": ""}, "python_module", "required"),
        ({"name": ""}, "name", "required"),
        ({"name": "a\x00b"}, "name", "ull"),
        ({"status": "deleted"}, "status", "deleted"),
    ],
)
def test_a_wrong_module_is_refused_with_the_reason(
    operator: Client, acme: Shop, values: dict[str, Any], field: str, says: str
) -> None:
    errors = refused(operator, change(acme), form(**values))
    assert says in " ".join(errors[field])
    assert module(acme).name != "Renamed"


@pytest.mark.parametrize("config", ["", "  ", "{}", "null"])
def test_a_module_may_have_no_config(operator: Client, acme: Shop, config: str) -> None:
    assert operator.post(change(acme), form(config=config)).status_code == 302
    assert not module(acme).config


def test_broken_config_of_the_gateway_is_shown_to_be_repaired(operator: Client, acme: Shop) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.modules SET config = '{broken' WHERE id = %s", [acme.module])
    assert "{broken" in operator.get(change(acme)).content.decode()
    assert operator.post(change(acme), form(config='{"fixed": true}')).status_code == 302
    assert module(acme).config == {"fixed": True}


def test_shared_rows_cannot_be_deleted_even_by_superusers(superuser: Client, acme: Shop) -> None:
    ours = {
        ("modules/moduleschedule", acme.schedule), ("tenancy/secret", acme.secret),
        ("modules/modulewebhook", acme.webhook),
    }  # fmt: skip
    for page, row in acme.ids().items() - ours:
        path = f"/admin/{page}/{row}/delete/"
        assert superuser.post(path, {"post": "yes"}).status_code == 403
        assert superuser.get(f"/admin/{page}/{row}/change/").status_code == 200


@pytest.mark.parametrize("page", ["tenancy/apikey", "tenancy/organization", "executions/run",
                                  "executions/moduleexecution", "executions/task",
                                  "modules/modulecircuit"])  # fmt: skip
def test_rows_that_the_gateway_and_the_runner_own_are_read_only(
    superuser: Client, acme: Shop, page: str
) -> None:
    path = f"/admin/{page}/{acme.ids()[page]}/change/"
    assert superuser.post(path, {"name": "x", "status": "completed"}).status_code == 403
    assert superuser.post(f"/admin/{page}/add/", {"name": "x"}).status_code == 403


class TestMemberships:
    path = "/admin/tenancy/membership/add/"

    def test_a_superuser_gives_and_takes_one(self, superuser: Client, acme: Shop) -> None:
        user = User.objects.create_user("new", is_staff=True)
        values = {"user": user.pk, "org": acme.org.id, "role": "viewer"}
        assert superuser.post(self.path, values).status_code == 302
        [given] = Membership.objects.for_org(acme.org.id).filter(user=user)
        assert given.role == "viewer"
        delete = f"/admin/tenancy/membership/{given.pk}/delete/"
        assert superuser.post(delete, {"post": "yes"}).status_code == 302
        assert not Membership.objects.for_org(acme.org.id).filter(user=user).exists()

    def test_the_same_one_twice_is_refused_with_a_reason(
        self, superuser: Client, acme: Shop
    ) -> None:
        user = User.objects.create_user("new", is_staff=True)
        values = {"user": user.pk, "org": acme.org.id, "role": "viewer"}
        superuser.post(self.path, values)
        assert refused(superuser, self.path, {**values, "role": "admin"})
        assert Membership.objects.for_org(acme.org.id).filter(user=user).count() == 1

    def test_an_operator_gives_none_not_even_to_themselves(
        self, operator: Client, acme: Shop, globex: Shop
    ) -> None:
        ann = User.objects.get(username="ann")
        before = Membership.objects.unscoped(EVERY_ROW).count()
        for org in (acme, globex):
            values = {"user": ann.pk, "org": org.org.id, "role": "admin"}
            assert operator.post(self.path, values).status_code == 403
        own = Membership.objects.for_org(acme.org.id).get(user=ann)
        path = f"/admin/tenancy/membership/{own.pk}/change/"
        operator.post(path, {"user": ann.pk, "org": globex.org.id, "role": "admin"})
        assert Membership.objects.unscoped(EVERY_ROW).count() == before
        assert Membership.objects.for_org(acme.org.id).get(user=ann).role == "operator"

    def test_a_membership_that_is_taken_ends_at_once(self, operator: Client, acme: Shop) -> None:
        assert acme.module in operator.get("/admin/modules/module/").content.decode()
        Membership.objects.for_org(acme.org.id).delete()
        assert acme.module not in operator.get("/admin/modules/module/").content.decode()
