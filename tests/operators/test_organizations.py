"""Choosing the organization whose rows are shown."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from platform_agents.tenancy.models import Membership
from tests import factories
from tests.tenancy.conftest import LISTS, PAGES, Shop, staff, text

CHOOSE = "/admin/organization/"


def choose(client: Client, org_id: str) -> str:
    location: str = client.post(CHOOSE, {"organization": org_id})["location"]
    return location


@pytest.fixture
def both(acme: Shop, globex: Shop) -> Client:
    return staff("bea", acme=(acme, "operator"), globex=(globex, "operator"))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", ["both", "superuser"])
def test_every_list_is_narrowed_to_it_and_widened_again(
    request: pytest.FixtureRequest, acme: Shop, globex: Shop, page: str, who: str
) -> None:
    client = request.getfixturevalue(who)
    assert choose(client, acme.org.id) == "/admin/"
    body = text(client, f"{page}/")
    assert acme.ids()[page] in body
    assert globex.ids()[page] not in body
    assert client.get(f"/admin/{page}/{globex.ids()[page]}/change/").status_code == 302
    choose(client, "")
    assert globex.ids()[page] in text(client, f"{page}/")


def test_forms_offer_the_chosen_one_alone(both: Client, acme: Shop, globex: Shop) -> None:
    choose(both, acme.org.id)
    body = text(both, "modules/module/add/")
    assert acme.org.id in body
    assert globex.org.id not in body


def test_the_page_says_whose_rows_are_shown(
    both: Client, superuser: Client, acme: Shop, globex: Shop
) -> None:
    assert "All mine (2)" in text(both, "")
    assert "All organizations" in text(superuser, "")
    assert globex.name in text(staff("gus", globex=(globex, "viewer")), "")
    choose(superuser, acme.org.id)
    assert acme.name in text(superuser, "modules/modulepolicy/")


def test_nobody_chooses_an_organization_of_others(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    answers = set()
    for org_id in (globex.org.id, "no-such-organization", "\x00"):
        answers.add(choose(operator, org_id))
        body = text(operator, "organization/")
        assert "There is no such organization among yours." in body
        assert globex.name not in body
    assert answers == {CHOOSE}
    assert acme.module in text(operator, "modules/module/")


@pytest.mark.parametrize("page", LISTS)
def test_a_membership_that_goes_takes_the_choice_along(
    both: Client, acme: Shop, globex: Shop, page: str
) -> None:
    choose(both, acme.org.id)
    Membership.objects.for_org(acme.org.id).filter(user=User.objects.get(username="bea")).delete()
    body = text(both, f"{page}/")
    assert [mark for mark in acme.marks() + globex.marks() if mark in body] == []


def test_superusers_search_among_many(superuser: Client, acme: Shop, globex: Shop) -> None:
    body = text(superuser, "organization/", q="ACM")
    assert acme.org.id in body
    assert globex.org.id not in body


def test_a_filter_of_many_organizations_is_left_to_the_search(
    superuser: Client, acme: Shop, globex: Shop
) -> None:
    with connection.cursor() as cursor:
        for number in range(40):
            factories.organization(cursor, name=f"Another {number}")
    assert "?org=" not in text(superuser, "modules/module/")
    body = text(superuser, "modules/module/", org=acme.org.id)
    assert acme.module in body
    assert globex.module not in body


def test_looking_at_the_page_changes_nothing(both: Client, acme: Shop, globex: Shop) -> None:
    text(both, "organization/", organization=acme.org.id)
    assert globex.module in text(both, "modules/module/")
