"""The demo's rows: what they are, and that seeding twice changes nothing that people rely on."""

import re
from typing import Any

import pytest
from django.contrib.auth import authenticate, get_user_model

from modules.lookup import runnable
from modules.models import Module
from platform_agents.demo import login
from platform_agents.demo.seed import ADMIN, seed
from platform_agents.tenancy.models import ApiKey, Membership, Organization, PlatformUser

pytestmark = pytest.mark.django_db

SHARED = (Organization, PlatformUser, ApiKey, Module, Membership)


def _rows() -> dict[str, list[dict[str, Any]]]:
    return {
        model.__name__: list(model.objects.unscoped("the test counts").order_by("pk").values())
        for model in SHARED
    }


def test_two_organizations_each_with_a_user_a_key_and_a_module_per_agent() -> None:
    acme, globex = seed("a-password")

    assert acme.api_key != globex.api_key
    for org in (acme, globex):
        assert re.fullmatch(r"abw_[0-9a-f]{64}", org.api_key)
        assert PlatformUser.objects.for_org(org.id).count() == 1
        assert {m.python_module for m in Module.objects.for_org(org.id)} == {"echo", "data", "nlp"}
        for agent in ("echo", "data", "nlp"):
            assert runnable(org.id, agent).module_id == org.module_id(agent)


def test_seeding_again_changes_nothing() -> None:
    first = seed("a-password")
    before = _rows()

    assert seed("a-password") == first
    assert _rows() == before


def test_seeding_again_repairs_a_module_and_keeps_a_key() -> None:
    org, _ = seed("a-password")
    Module.objects.for_org(org.id).update(status=Module.INACTIVE)

    again, _ = seed("a-password")

    assert runnable(org.id, org.module_id("data")).module_id == org.module_id("data")
    assert again.api_key == org.api_key


def test_the_logins_work_and_each_operator_belongs_to_one_organization() -> None:
    orgs = seed("a-password")

    admin = authenticate(username=ADMIN, password="a-password")
    assert admin is not None
    assert admin.is_superuser
    for org in orgs:
        operator = authenticate(username=org.operator, password="a-password")
        assert operator is not None
        assert operator.is_staff
        assert not operator.is_superuser
        memberships = Membership.objects.unscoped("of this user").filter(user_id=operator.pk)
        assert [(m.org_id, m.role) for m in memberships] == [(org.id, "operator")]


def test_a_changed_password_is_set_again() -> None:
    seed("a-password")

    seed("another-password")

    assert get_user_model().objects.get(username=ADMIN).check_password("another-password")


def test_the_password_is_random_kept_and_private(tmp_path: Any) -> None:
    (tmp_path / "other").mkdir()

    made = login.password(tmp_path)

    assert login.password(tmp_path) == made
    assert login.password(tmp_path / "other") != made
    assert (tmp_path / "demo-login.txt").stat().st_mode & 0o777 == 0o600
