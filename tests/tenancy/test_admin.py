"""The operators' admin: everybody sees their own organizations, and nothing of the others."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from platform_agents.tenancy.admin_scope import OrgScopedAdmin, SuperuserAdmin
from tests.tenancy.conftest import (
    ADMIN_PAGES,
    LISTS,
    PAGES,
    SUPERUSER_PAGES,
    Shop,
    member,
    signed_in,
    text,
)


def test_every_page_of_ours_is_in_these_tests_and_scoped() -> None:
    ours = {
        f"{model._meta.app_label}/{model._meta.model_name}": page
        for model, page in admin.site._registry.items()
        if not model.__module__.startswith("django.")
    }
    assert set(ours) == {*LISTS, *ADMIN_PAGES, *SUPERUSER_PAGES}
    assert all(isinstance(ours[page], OrgScopedAdmin) for page in [*LISTS, *ADMIN_PAGES])
    assert all(isinstance(ours[page], SuperuserAdmin) for page in SUPERUSER_PAGES)


@pytest.mark.parametrize("page", SUPERUSER_PAGES)
def test_pages_over_the_whole_platform_are_for_superusers(
    operator: Client, superuser: Client, page: str
) -> None:
    for path in (f"{page}/", f"{page}/add/"):
        assert operator.get(f"/admin/{path}").status_code == 403
        assert operator.post(f"/admin/{path}", {"paused": "on"}).status_code == 403
        assert superuser.get(f"/admin/{path}").status_code == 200
    assert page not in text(operator, "")


def test_the_tables_of_the_queue_library_have_no_pages() -> None:
    queue = set(apps.get_app_config("django_q").get_models())
    assert queue
    assert not queue & set(admin.site._registry)


@pytest.mark.parametrize("page", LISTS)
def test_nobody_is_let_in_without_signing_in(client: Client, db: None, page: str) -> None:
    for path in ("", f"{page}/", f"{page}/add/", f"{page}/some-id/change/"):
        response = client.get(f"/admin/{path}")
        assert response.status_code == 302
        assert response["location"].startswith("/admin/login/?next=")


def test_a_user_who_is_no_staff_is_not_let_in(acme: Shop) -> None:
    user = User.objects.create_user("visitor", password="x")
    member(user, acme, "admin")
    client = signed_in(user)
    for page in LISTS:
        assert client.get(f"/admin/{page}/").status_code == 302


def test_operators_see_the_memberships_of_their_organizations_only(
    operator: Client, globex: Shop
) -> None:
    other = User.objects.create_user("gus.of.globex", is_staff=True)
    foreign = member(other, globex, "admin")
    assert "ann" in text(operator, "tenancy/membership/")
    assert "gus.of.globex" not in text(operator, "tenancy/membership/")
    response = operator.get(f"/admin/tenancy/membership/{foreign.pk}/change/")
    missing = operator.get("/admin/tenancy/membership/987654321/change/")
    assert response.status_code == missing.status_code == 302
    assert response["location"] == missing["location"]


_OTHERWISE = {"tenancy/organization", "executions/moduleexecution"}
"""Lists without this filter: organizations themselves, and executions, which have a form."""


@pytest.mark.parametrize("page", [page for page in LISTS if page not in _OTHERWISE])
def test_the_organization_filter_works_and_offers_ones_own(
    operator: Client, superuser: Client, acme: Shop, globex: Shop, page: str
) -> None:
    links = re.compile(r'href="(\?org=\w+)"')
    both = {f"?org={acme.org.id}", f"?org={globex.org.id}"}
    assert set(links.findall(text(operator, f"{page}/"))) == {f"?org={acme.org.id}"}
    assert set(links.findall(text(superuser, f"{page}/"))) >= both
    if page in PAGES:
        body = text(superuser, f"{page}/", org=acme.org.id)
        assert acme.ids()[page] in body
        assert f"{globex.ids()[page]}/change/" not in body


@pytest.mark.parametrize(
    "path", ["auth/user/", "auth/group/", "auth/user/add/", "django_q/schedule/"]
)
def test_operators_have_no_pages_beyond_their_rows(operator: Client, path: str) -> None:
    assert operator.get(f"/admin/{path}").status_code in {403, 404}


def test_a_short_cut_to_a_row_does_not_tell_whether_it_exists(
    operator: Client, globex: Shop
) -> None:
    for model in (model for model in admin.site._registry if model.__module__[:7] != "django."):
        page = f"{model._meta.app_label}/{model._meta.model_name}"
        if page not in globex.ids():
            continue
        kind = ContentType.objects.get_for_model(model)
        answers = {
            (response.status_code, response.content)
            for row in (globex.ids()[page], "no-such-row")
            for response in [operator.get(f"/admin/r/{kind.pk}/{row}/")]
        }
        assert len(answers) == 1


def test_completion_offers_only_ones_own(operator: Client, acme: Shop, globex: Shop) -> None:
    for app, model, field in (
        ("modules", "module", "org"),
        ("executions", "moduleexecution", "module"),
        ("tenancy", "apikey", "org"),
        ("tenancy", "membership", "user"),
        ("tenancy", "membership", "org"),
    ):
        query = {"app_label": app, "model_name": model, "field_name": field, "term": ""}
        response = operator.get("/admin/autocomplete/", query)
        assert response.status_code in {200, 403, 404}
        assert [mark for mark in globex.marks() if mark in response.content.decode()] == []


@pytest.mark.parametrize("who", ["operator", "superuser"])
def test_keys_are_shown_by_their_last_four_digits(
    request: pytest.FixtureRequest, acme: Shop, who: str
) -> None:
    client = request.getfixturevalue(who)
    for path in ("tenancy/apikey/", f"tenancy/apikey/{acme.org.key_id}/change/"):
        body = text(client, path)
        assert f"…{acme.org.key[-4:]}" in body
        assert acme.org.key[-5:] not in body
        assert acme.org.key[:8] not in body


def test_no_password_of_a_platform_user_is_shown(superuser: Client, acme: Shop) -> None:
    for path in ("tenancy/platformuser/", f"tenancy/platformuser/{acme.org.user_id}/change/"):
        assert "$2b$" not in text(superuser, path)


def test_keys_cannot_be_searched_for_by_their_digits(operator: Client, acme: Shop) -> None:
    body = text(operator, "tenancy/apikey/", q=acme.org.key[:12])
    assert acme.org.key_id not in body


@pytest.mark.parametrize("page", PAGES)
def test_a_nul_in_a_search_or_an_id_is_refused(operator: Client, page: str) -> None:
    for path in (f"{page}/?q=%00", f"{page}/%00/change/", f"{page}/?org=%00"):
        assert operator.get(f"/admin/{path}").status_code == 400
