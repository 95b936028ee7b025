"""Every page of the operators' site, found by itself, as people who may not see what is there."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from executions.models import SigningSecret
from modules.webhook_signing import new_secret
from platform_agents.tenancy.admin_scope import OrgScopedAdmin
from tests.operators import canaries
from tests.operators.admin_urls import Address, addresses
from tests.pages import settled
from tests.tenancy.conftest import Shop, member, signed_in, staff

ADDRESSES = addresses()
PUBLIC = {"/admin/login/", "/admin/second-factor/", "/admin/jsi18n/"}
QUERIES = (
    "q=canary", "q=Globex", "o=1.-2.3", "all=", "p=99", "e=1", "_popup=1", "_to_field=key",
    "org={org}", "s=canary", "s=Globex&extended=1", "id__in={row}", "key__startswith=abw",
    "s=a&page=x",
)  # fmt: skip


def visitor(who: str, acme: Shop) -> Client:
    if who == "anonymous":
        return Client()
    if who == "nobody":
        return staff("noah")
    if who == "not staff":
        user = User.objects.create_user("nina", password="x")
        member(user, acme, "admin")
        return signed_in(user)
    return staff("ann", acme=(acme, who))


VISITORS = ["admin", "viewer", "nobody", "not staff", "anonymous"]


def concrete(address: Address, shop: Shop) -> str:
    """With the id of this organization's row there; a made-up one where it has none."""
    return address.of(shop.ids().get(address.page, "987654321"))


def body_of(client: Client, path: str) -> tuple[int, str]:
    response = client.get(path, follow=True)
    assert response.status_code < 500, path
    chain = "".join(f"{where} {status}\n" for where, status in response.redirect_chain)
    body = f"{chain}{response.getvalue().decode()}"
    return response.status_code, settled(body)


def seen(body: str, marks: list[str], path: str) -> list[str]:
    return [mark for mark in marks if mark in body and mark not in path]


@pytest.fixture
def marks(acme: Shop, globex: Shop) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenancy_audit (org_id, by, verb, model, object_id) "
            "VALUES (%s, 'gus', 'module.saved', 'module', %s)",
            [globex.org.id, globex.module],
        )
    signing = SigningSecret(org_id=globex.org.id)
    signing.seal(new_secret())
    signing.save()
    planted = canaries.plant(globex)
    return [*planted, globex.org.key, globex.org.key[4:], *globex.ids().values()]


def test_the_marks_stand_in_every_list(superuser: Client, marks: list[str], globex: Shop) -> None:
    """Or the tests below could not fail."""
    assert len(marks) > 30
    for model, page in admin.site._registry.items():
        if isinstance(page, OrgScopedAdmin) and model._meta.model_name != "membership":
            assert canaries.rows(model, globex).exists(), f"no row of {model._meta.label}"
    shown = {
        mark
        for address in ADDRESSES
        for mark in seen(body_of(superuser, concrete(address, globex))[1], marks, "")
    }
    assert len([mark for mark in shown if mark.startswith("canary")]) > 20


@pytest.mark.parametrize("who", VISITORS)
def test_no_page_shows_anything_of_the_other_organization(
    who: str, acme: Shop, globex: Shop, marks: list[str]
) -> None:
    client = visitor(who, acme)
    for address in ADDRESSES:
        for shop in (acme, globex):
            path = concrete(address, shop)
            status, body = body_of(client, path)
            assert seen(body, marks, path) == [], path
            if who in {"anonymous", "not staff"} and path not in PUBLIC and status == 200:
                assert 'id="login-form"' in body, path


@pytest.mark.parametrize("who", ["admin"])
def test_no_query_brings_it_to_light(who: str, acme: Shop, globex: Shop, marks: list[str]) -> None:
    client = visitor(who, acme)
    for address in ADDRESSES:
        if address.has_row:
            continue
        page = address.path.removeprefix("/admin/").strip("/")
        row = globex.ids().get(page, "987654321")
        for query in QUERIES:
            path = f"{address.path}?{query.format(row=row, org=globex.org.id)}"
            assert seen(body_of(client, path)[1], marks, path) == [], path
        assert client.get(f"{address.path}?id__in=%00").status_code == 400


@pytest.mark.parametrize("who", ["admin", "viewer", "nobody"])
def test_a_foreign_row_and_a_missing_one_are_the_same_answer(
    who: str, acme: Shop, globex: Shop, marks: list[str]
) -> None:
    client = visitor(who, acme)
    for address in ADDRESSES:
        if address.page not in globex.ids():
            continue
        answers = set()
        for row in (globex.ids()[address.page], "9" * len(globex.ids()[address.page])):
            status, body = body_of(client, address.of(row))
            answers.add((status, body.replace(row, "ROW")))
        assert len(answers) == 1, address


@pytest.mark.parametrize("who", VISITORS)
def test_nothing_that_is_sent_changes_the_other_organization(
    who: str, acme: Shop, globex: Shop, marks: list[str]
) -> None:
    client = visitor(who, acme)
    before = canaries.snapshot(globex)
    forged: dict[str, Any] = {
        "name": "forged", "org": globex.org.id, "module": globex.module, "paused": "on",
        "config": "{}", "python_module": "echo", "category": "x", "status": "inactive",
        "post": "yes", "decision": "reject", "value": "forged", "role": "admin", "user": "1",
        "organization": globex.org.id, "interval_s": "60", "zone": "UTC", "input": "{}",
    }  # fmt: skip
    for address in ADDRESSES:
        if "logout" in address.path:
            continue
        assert client.post(concrete(address, globex), forged).status_code < 500, address
        for action in actions(address):
            chosen = {
                "action": action,
                "_selected_action": [
                    globex.ids().get(address.path.removeprefix("/admin/").strip("/"), "1")
                ],
                "select_across": "1",
            }
            client.post(address.path, {**chosen, "post": "yes", "index": "0"})
            broken = client.post(address.path, {**chosen, "_selected_action": ["\x00"]})
            assert broken.status_code < 500, (address, action)
    assert canaries.snapshot(globex) == before


def actions(address: Address) -> list[str]:
    """Names of the actions that the list there has for anybody."""
    for model, page in admin.site._registry.items():
        if address.path == f"/admin/{model._meta.app_label}/{model._meta.model_name}/":
            return [name for _, name, _ in page._get_base_actions()]
    return []


def test_every_form_wants_its_token(acme: Shop, globex: Shop) -> None:
    user = User.objects.create_superuser("root", password="x")
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    for address in ADDRESSES:
        response = client.post(concrete(address, acme), {"post": "yes"})
        assert response.status_code in {403, 405}, (address, response.status_code)
