"""Two organizations with modules, and people who may operate them; runs that ended."""

from typing import Any

from django.db import connection

from modules.models import Module, ModulePolicy
from platform_agents.tenancy.audit import AuditEntry
from tests import factories
from tests.tenancy.conftest import (  # noqa: F401 (fixtures)
    Shop,
    acme,
    globex,
    operator,
    superuser,
)


def page(shop: Shop, tab: str = "change", module_id: str = "") -> str:
    """The address of a tab of the organization's module."""
    return f"/admin/modules/module/{module_id or shop.module}/{tab}/"


def new_module(shop: Shop, **columns: Any) -> str:
    with connection.cursor() as cursor:
        return factories.module(cursor, org=shop.org, **columns)


def ended(shop: Shop, module_id: str, outcome: str = "completed", *, took_s: float = 2) -> str:
    """An execution that ended a minute ago; each call makes a newer one."""
    status = "completed" if outcome == "completed" else "failed"
    with connection.cursor() as cursor:
        execution_id = factories.queued_run(
            cursor, org=shop.org, module_id=module_id, state="done", outcome=outcome,
        )  # fmt: skip
        cursor.execute(
            "UPDATE executions_run SET queued_at = clock_timestamp() - interval '1 minute', "
            "finished_at = now() - interval '1 minute', "
            "claimed_at = now() - interval '1 minute' - make_interval(secs => %s) "
            "WHERE execution_id = %s",
            [took_s, execution_id],
        )
        cursor.execute(
            "UPDATE public.module_executions SET status = %s, "
            "started_at = clock_timestamp() AT TIME ZONE 'UTC' WHERE id = %s",
            [status, execution_id],
        )
    return execution_id


def give_input(execution_id: str, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE public.module_executions SET input = %s WHERE id = %s", [text, execution_id]
        )


def module(shop: Shop, module_id: str = "") -> Module:
    return Module.objects.for_org(shop.org.id).get(pk=module_id or shop.module)


def policy(shop: Shop) -> ModulePolicy:
    return ModulePolicy.objects.for_org(shop.org.id).get(module_id=shop.module)


def verbs(shop: Shop) -> list[str]:
    """What the audit says of the organization, oldest first."""
    rows = AuditEntry.objects.for_org(shop.org.id).order_by("id")
    return list(rows.values_list("verb", flat=True))
