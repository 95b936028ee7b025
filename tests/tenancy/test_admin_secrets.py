"""The page of secrets: operators set and delete, viewers see names, nobody reads a value."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from platform_agents.tenancy.models import Secret
from tests.tenancy.conftest import Shop, staff, text

LIST = "/admin/tenancy/secret/"
ADD = f"{LIST}add/"
VALUE = "sk-live-value-of-acme"


def page(shop: Shop, what: str = "change") -> str:
    return f"{LIST}{shop.secret}/{what}/"


def of(shop: Shop, name: str) -> Secret:
    return Secret.objects.for_org(shop.org.id).get(name=name)


def refused(client: Client, path: str, **values: Any) -> dict[str, list[str]]:
    response = client.post(path, values)
    assert response.status_code == 200, response.status_code
    assert VALUE not in response.content.decode()
    return dict(response.context["adminform"].form.errors)


def test_an_operator_sets_one_and_nobody_sees_it_again(
    operator: Client, superuser: Client, acme: Shop
) -> None:
    given = {"org": acme.org.id, "name": "STRIPE_KEY", "value": f"  {VALUE}\n"}
    assert operator.post(ADD, given).status_code == 302
    secret = of(acme, "STRIPE_KEY")
    assert (secret.value(), secret.updated_by) == (VALUE, "ann")
    for client in (operator, superuser):
        for path in ("", f"{secret.pk}/change/", f"{secret.pk}/history/", f"{secret.pk}/delete/"):
            body = text(client, f"tenancy/secret/{path}")
            assert "STRIPE_KEY" in body
            assert VALUE[-4:] not in body
    said = [f"{entry.object_repr} {entry.change_message}" for entry in LogEntry.objects.all()]
    assert not [line for line in said if VALUE in line]


def test_a_new_value_takes_the_place_of_the_old_one(operator: Client, acme: Shop) -> None:
    name = f"KEY_OF_{acme.name.upper()}"
    assert operator.post(page(acme), {"value": VALUE, "name": "OTHER"}).status_code == 302
    assert of(acme, name).value() == VALUE


def test_a_viewer_sees_names_and_changes_nothing(acme: Shop, globex: Shop) -> None:
    viewer = staff("vera", acme=(acme, "viewer"))
    assert f"KEY_OF_{acme.name.upper()}" in text(viewer, "tenancy/secret/")
    body = text(viewer, f"tenancy/secret/{acme.secret}/change/")
    assert "<textarea" not in body
    for path in (page(acme), page(acme, "delete"), ADD):
        answer = viewer.post(path, {"value": VALUE, "post": "yes", "org": acme.org.id, "name": "A"})
        assert answer.status_code == 403
    assert of(acme, f"KEY_OF_{acme.name.upper()}").value() == f"{acme.name}'s own value"


def test_the_others_secrets_are_out_of_reach(operator: Client, acme: Shop, globex: Shop) -> None:
    """Forged organizations, direct addresses and the list's own delete action."""
    errors = refused(operator, ADD, org=globex.org.id, name="KEY", value=VALUE)
    assert list(errors) == ["org"]
    for path in (page(globex), page(globex, "delete")):
        assert operator.post(path, {"value": VALUE, "post": "yes"}).status_code in (302, 403)
    action = {"action": "delete_selected", "_selected_action": globex.secret, "post": "yes"}
    operator.post(LIST, action)
    assert of(globex, f"KEY_OF_{globex.name.upper()}").value() == f"{globex.name}'s own value"


def test_who_only_views_the_other_organization_deletes_nothing_there(
    acme: Shop, globex: Shop
) -> None:
    client = staff("bea", acme=(acme, "operator"), globex=(globex, "viewer"))
    action = {"action": "delete_selected", "_selected_action": globex.secret, "post": "yes"}
    client.post(LIST, action)
    assert of(globex, f"KEY_OF_{globex.name.upper()}")


def test_an_operator_deletes_one_of_their_own(operator: Client, acme: Shop) -> None:
    assert operator.post(page(acme, "delete"), {"post": "yes"}).status_code == 302
    assert not Secret.objects.for_org(acme.org.id).exists()


@pytest.mark.parametrize("name", ["lower", "1A", "A-B", "A B", "A" * 65, "", "A\x00"])
def test_a_wrong_name_is_refused(operator: Client, acme: Shop, name: str) -> None:
    errors = refused(operator, ADD, org=acme.org.id, name=name, value=VALUE)
    assert "name" in errors


@pytest.mark.parametrize("value", ["", "   ", "x" * 20_001, "a\x00b"])
def test_a_wrong_value_is_refused(operator: Client, acme: Shop, value: str) -> None:
    assert "value" in refused(operator, ADD, org=acme.org.id, name="KEY", value=value)


def test_a_name_is_there_once_per_organization(operator: Client, acme: Shop) -> None:
    name = f"KEY_OF_{acme.name.upper()}"
    errors = refused(operator, ADD, org=acme.org.id, name=name, value=VALUE)
    assert "change that one" in errors["name"][0]


def test_without_the_platforms_key_the_form_says_so(
    operator: Client, acme: Shop, settings: Any
) -> None:
    settings.PRODUCTION, settings.SECRETS_KEY = True, ""
    errors = refused(operator, ADD, org=acme.org.id, name="KEY", value=VALUE)
    assert "Set SECRETS_KEY" in errors["__all__"][0]
