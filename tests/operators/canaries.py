"""Marks in every text column of one organization's rows, and a look at whether they are unchanged.

A column that cannot hold a mark (an enum, a checked or a unique one) keeps its value: those are in
`Shop.marks` where they identify the organization.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from platform_agents.shared_schema.fields import EnumField, JsonTextField
from platform_agents.tenancy.scoping import OrgManager
from tests.tenancy.conftest import EVERY_ROW, Shop

_KEYS = ("id", "key", "plan", "role", "user_id", "parent", "retry_of", "requested_by")
"""Columns that others refer to, or whose values mean something to the code."""


def tenant_models() -> list[Any]:
    return [model for model in apps.get_models() if isinstance(model._default_manager, OrgManager)]


def rows(model: Any, shop: Shop) -> models.QuerySet[Any]:
    return model.objects.for_org(shop.org.id)


def plant(shop: Shop) -> list[str]:
    """The marks that were put somewhere."""
    return [mark for model in tenant_models() for mark in _plant(model, shop)]


def _plant(model: Any, shop: Shop) -> Iterator[str]:
    for field in model._meta.concrete_fields:
        if not _may_be_marked(field) or not rows(model, shop).exists():
            continue
        mark = f"canary-{model._meta.db_table}-{field.column}".replace("_", "-")
        json = isinstance(field, models.JSONField | JsonTextField)
        try:
            with transaction.atomic():
                rows(model, shop).update(**{field.name: {"mark": mark} if json else mark})
        except (DatabaseError, ValueError):
            continue
        yield mark


def _may_be_marked(field: Any) -> bool:
    text = isinstance(field, models.TextField | models.CharField | models.JSONField)
    taken = field.primary_key or field.is_relation or isinstance(field, EnumField) or field.choices
    return text and not taken and not field.column.endswith("_id") and field.column not in _KEYS


def snapshot(shop: Shop) -> dict[str, list[Any]]:
    """Every value of every row of the organization."""
    found: dict[str, list[Any]] = {}
    for model in tenant_models():
        with connection.cursor() as cursor:
            query, params = rows(model, shop).order_by("pk").query.sql_with_params()
            cursor.execute(query, params)
            found[model._meta.label] = [tuple(map(str, row)) for row in cursor.fetchall()]
    assert EVERY_ROW
    return found
