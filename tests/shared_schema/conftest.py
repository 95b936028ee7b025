"""Rows of two organizations, and a session in a time zone far from UTC."""

from collections.abc import Callable

import pytest
from django.db import connection

from modules.models import Module
from platform_agents.tenancy.models import Organization

EVERY_ROW = "the tests of the shared schema look at all rows"


@pytest.fixture
def acme(db: None) -> Organization:
    return Organization.objects.unscoped(EVERY_ROW).create(name="Acme")


@pytest.fixture
def globex(db: None) -> Organization:
    return Organization.objects.unscoped(EVERY_ROW).create(name="Globex")


@pytest.fixture
def make_module(acme: Organization, globex: Organization) -> Callable[..., Module]:
    """A saved module of Acme; Globex always has one of the same name beside it."""

    def make(**values: object) -> Module:
        given = {"name": "Echo", "category": "test", "python_module": "echo", **values}
        rows = Module.objects.unscoped(EVERY_ROW)
        rows.create(name="Echo", category="test", python_module="echo", org=globex)
        return rows.create(**{"org": acme, **given})

    return make


@pytest.fixture
def session_zone(db: None) -> Callable[[str], None]:
    """Moves this test's database session to a time zone; the rollback takes it back."""

    def move(zone: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])

    return move
