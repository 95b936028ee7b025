"""Every list and page of the operators' admin, as people of this and the other organization."""

import itertools

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from tests import factories
from tests.pages import settled
from tests.tenancy.conftest import PAGES, Shop, shown, signed_in, staff, text


def signed_in_root() -> Client:
    user, _ = User.objects.get_or_create(username="root", is_staff=True, is_superuser=True)
    return signed_in(user)


@pytest.mark.parametrize("page", PAGES)
class TestLists:
    def test_a_superuser_sees_all(
        self, superuser: Client, acme: Shop, globex: Shop, page: str
    ) -> None:
        body = text(superuser, f"{page}/")
        assert acme.ids()[page] in body
        assert globex.ids()[page] in body

    def test_an_operator_sees_their_own(
        self, operator: Client, acme: Shop, globex: Shop, page: str
    ) -> None:
        assert acme.ids()[page] in text(operator, f"{page}/")
        assert shown(operator, f"{page}/", globex.marks()) == []

    def test_a_viewer_sees_as_much_as_an_operator(
        self, acme: Shop, globex: Shop, page: str
    ) -> None:
        viewer = staff("vera", acme=(acme, "viewer"))
        assert acme.ids()[page] in text(viewer, f"{page}/")
        assert shown(viewer, f"{page}/", globex.marks()) == []

    def test_staff_without_a_membership_see_nothing(
        self, acme: Shop, globex: Shop, page: str
    ) -> None:
        nobody = staff("noah")
        assert shown(nobody, f"{page}/", acme.marks() + globex.marks()) == []

    def test_members_of_two_organizations_see_both(
        self, acme: Shop, globex: Shop, page: str
    ) -> None:
        both = staff("bea", acme=(acme, "operator"), globex=(globex, "viewer"))
        body = text(both, f"{page}/")
        assert acme.ids()[page] in body
        assert globex.ids()[page] in body

    def test_searching_filtering_and_ordering_find_nothing_foreign(
        self, operator: Client, globex: Shop, page: str
    ) -> None:
        queries = [{"q": "Globex"}, {"o": "1.-2"}, {"all": ""}]
        if page != "tenancy/organization":
            queries.append({"org": globex.org.id})
        for query in queries:
            marks = [mark for mark in globex.marks() if mark not in query.values()]
            assert shown(operator, f"{page}/", marks, **query) == []

    def test_a_foreign_row_looks_like_a_missing_one(
        self, operator: Client, globex: Shop, page: str
    ) -> None:
        foreign = globex.ids()[page]
        for action in ("change", "history", "delete"):
            answers = []
            for row in (foreign, "x" * len(foreign)):
                response = operator.get(f"/admin/{page}/{row}/{action}/", follow=True)
                assert response.status_code in {200, 403, 404}
                body = settled(response.content.decode().replace(row, "ID"))
                assert [mark for mark in globex.marks() if mark in body] == []
                answers.append((response.status_code, response.redirect_chain, body))
            assert answers[0] == answers[1], action

    def test_a_foreign_row_cannot_be_changed_or_deleted(
        self, operator: Client, globex: Shop, page: str
    ) -> None:
        foreign = globex.ids()[page]
        before = signed_in_root().get(f"/admin/{page}/{foreign}/change/").content
        for action in ("change", "delete"):
            response = operator.post(
                f"/admin/{page}/{foreign}/{action}/", {"name": "stolen", "post": "yes"}
            )
            assert response.status_code in {302, 403, 404}
        response = operator.post(
            f"/admin/{page}/", {"action": "delete_selected", "_selected_action": [foreign]}
        )
        assert response.status_code in {200, 302, 403}
        assert b"stolen" not in before
        assert b"stolen" not in signed_in_root().get(f"/admin/{page}/{foreign}/change/").content

    def test_ones_own_row_is_shown(
        self, operator: Client, acme: Shop, globex: Shop, page: str
    ) -> None:
        path = f"{page}/{acme.ids()[page]}/change/"
        assert acme.ids()[page] in text(operator, path)
        assert shown(operator, path, globex.marks()) == []

    def test_hidden_columns_cannot_be_read_letter_by_letter(
        self, operator: Client, superuser: Client, page: str
    ) -> None:
        lookups = ("key__startswith", "config__contains", "password__startswith", "input__contains",
                   "org__api_key__key", "org__name", "module__config__contains", "pk__gte",
                   "user__password__startswith", "org__plan", "id__in")  # fmt: skip
        for client, lookup in itertools.product((operator, superuser), lookups):
            response = client.get(f"/admin/{page}/", {lookup: "a"})
            refused = response.status_code == 400
            ignored = response.status_code == 302 and response["location"].endswith("?e=1")
            assert refused or ignored, (lookup, response.status_code)


def test_a_row_that_names_another_organizations_module_does_not_show_it(
    operator: Client, acme: Shop, globex: Shop
) -> None:
    """Only the gateway could write such a row; nothing in its table forbids it."""
    with connection.cursor() as cursor:
        row = factories.gateway_row(cursor, org=acme.org, module_id=globex.module)
    for path in ("executions/moduleexecution/", f"executions/moduleexecution/{row}/change/"):
        assert shown(operator, path, globex.marks()) == []
