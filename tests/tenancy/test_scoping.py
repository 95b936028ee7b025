"""Managers of tenant rows: nothing without an organization."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from executions.models import Event, ModuleExecution, Run, Task
from modules.models import Module, ModulePolicy
from platform_agents.tenancy.models import (
    ApiKey,
    Membership,
    Organization,
    OrgPolicy,
    PlatformUser,
)
from platform_agents.tenancy.scoping import OrgManager, UnscopedAccess
from tests import factories
from tests.factories import Org

TENANT_MODELS: list[Any] = [
    ApiKey, Event, Membership, Module, ModuleExecution, ModulePolicy, OrgPolicy, Organization,
    PlatformUser, Run, Task,
]  # fmt: skip
OURS = {"tenancy", "modules", "executions", "demo"}

UNSCOPED: dict[str, Callable[[Any], Any]] = {
    "all": lambda rows: rows.all(),
    "filter": lambda rows: rows.filter(pk="x"),
    "exclude": lambda rows: rows.exclude(pk="x"),
    "get": lambda rows: rows.get(pk="x"),
    "first": lambda rows: rows.first(),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "values": lambda rows: rows.values("pk"),
    "in_bulk": lambda rows: rows.in_bulk(["x"]),
    "iterator": lambda rows: rows.iterator(),
    "aggregate": lambda rows: rows.aggregate(models.Count("pk")),
    "raw order": lambda rows: rows.order_by("pk"),
    "create": lambda rows: rows.create(),
    "bulk_create": lambda rows: rows.bulk_create([]),
    "get_or_create": lambda rows: rows.get_or_create(pk="x"),
    "update": lambda rows: rows.update(pk="x"),
    "select_related": lambda rows: rows.select_related(),
    "union": lambda rows: rows.union(),
    "natural key": lambda rows: rows.get_by_natural_key("x"),
    "for no organization": lambda rows: rows.for_org(""),
    "for None": lambda rows: rows.for_org(None),
    "without a reason": lambda rows: rows.unscoped(""),
}


@pytest.fixture
def acme(db: None) -> Org:
    with connection.cursor() as cursor:
        return factories.organization(cursor, name="Acme")


@pytest.fixture
def globex(db: None) -> Org:
    with connection.cursor() as cursor:
        return factories.organization(cursor, name="Globex")


@pytest.mark.parametrize("model", TENANT_MODELS)
@pytest.mark.parametrize("access", UNSCOPED.values(), ids=UNSCOPED.keys())
def test_access_without_an_organization_raises(model: Any, access: Callable[[Any], Any]) -> None:
    with pytest.raises(UnscopedAccess):
        access(model.objects)


def test_every_model_with_an_organization_is_scoped() -> None:
    found = [
        model
        for model in apps.get_models()
        if model._meta.app_label in OURS
        and (
            model is Organization
            or any(field.attname == "org_id" for field in model._meta.concrete_fields)
        )
    ]
    assert set(found) >= set(TENANT_MODELS)
    for model in found:
        assert isinstance(model._default_manager, OrgManager), model
        assert [type(manager) for manager in model._meta.managers] == [OrgManager], model


def test_for_org_gives_the_rows_of_one_organization(acme: Org, globex: Org) -> None:
    with connection.cursor() as cursor:
        mine = factories.module(cursor, org=acme)
        factories.module(cursor, org=globex)
    assert [module.id for module in Module.objects.for_org(acme.id)] == [mine]
    assert [org.name for org in Organization.objects.for_org(globex.id)] == ["Globex"]
    assert list(Module.objects.for_org("no-such-organization")) == []


def test_for_orgs_gives_the_rows_of_several(acme: Org, globex: Org) -> None:
    with connection.cursor() as cursor:
        third = factories.organization(cursor, name="Initech")
        ids = {factories.module(cursor, org=org) for org in (acme, globex)}
        factories.module(cursor, org=third)
    found = Module.objects.for_orgs([acme.id, globex.id])
    assert {module.id for module in found} == ids
    assert list(Module.objects.for_orgs([])) == []


def test_unscoped_with_a_reason_gives_all_rows(acme: Org, globex: Org) -> None:
    found = Organization.objects.unscoped("the test looks at all organizations")
    assert {acme.id, globex.id} <= {org.id for org in found}


def test_the_default_choices_of_a_foreign_key_are_none(acme: Org) -> None:
    field: Any = Module._meta.get_field("org").formfield()
    assert list(field.queryset) == []


def test_the_memberships_of_a_user_are_not_read_around_the_manager(acme: Org) -> None:
    user: Any = apps.get_model("auth.User")(pk=1)
    with pytest.raises(UnscopedAccess):
        user.memberships.all()
