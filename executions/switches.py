"""The kill switch: pause and resume a module, an organization, or everything.

While something is paused, nothing of it that is queued starts; what runs goes on, and submissions
are still accepted, because the row is the queue. When `pause` returns (outside a transaction),
that holds for every worker, and `resume` has woken them: `sql/policy_changed.sql` sees to both.
Called by the commands and the admin.
"""

import logging
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from executions import wakeups
from executions.models import KillSwitch
from executions.targets import Target
from modules.models import ModulePolicy
from platform_agents.tenancy import audit
from platform_agents.tenancy.models import OrgPolicy

logger = logging.getLogger(__name__)

_RUNNING: dict[str, Any] = {
    "paused": False, "pause_reason": "", "paused_by": "", "paused_at": None,
}  # fmt: skip


@transaction.atomic
def pause(target: Target, *, reason: str, by: str, address: str = "") -> None:
    """Pausing again replaces the reason. `by` names a person or a program, for the audit."""
    if target.module_id is not None and target.org_id is not None:
        ModulePolicy.objects.for_org(target.org_id).update_or_create(
            module_id=target.module_id, org_id=target.org_id, defaults=_paused(reason, by)
        )
    elif target.org_id is not None:
        OrgPolicy.objects.for_org(target.org_id).update_or_create(
            org_id=target.org_id, defaults=_paused(reason, by)
        )
    else:
        KillSwitch.objects.update_or_create(
            id=1, defaults=_thrown(paused=True, reason=reason, by=by)
        )
    _record("switch.paused", target, by=by, reason=reason, address=address)
    _log("paused", target, by=by, reason=reason)


@transaction.atomic
def resume(target: Target, *, by: str, address: str = "") -> bool:
    """False when it was not paused. Other pauses that hold the same runs stay."""
    if not _resumed(target, by):
        return False
    transaction.on_commit(_wake)
    _record("switch.resumed", target, by=by, address=address)
    _log("resumed", target, by=by)
    return True


def _wake() -> None:
    """The trigger has notified already, but not every carrier of wake-ups hears the database."""
    with connection.cursor() as cursor:
        wakeups.announce(cursor, wakeups.RUN_QUEUED, [wakeups.EVERY_LANE])


def _resumed(target: Target, by: str) -> bool:
    if target.org_id is None:
        off = _thrown(paused=False, reason="", by=by)
        return bool(KillSwitch.objects.filter(paused=True).update(**off))
    if target.module_id is not None:
        rows = ModulePolicy.objects.for_org(target.org_id).filter(module_id=target.module_id)
        return bool(rows.filter(paused=True).update(**_RUNNING))
    return bool(OrgPolicy.objects.for_org(target.org_id).filter(paused=True).update(**_RUNNING))


def _paused(reason: str, by: str) -> dict[str, Any]:
    return {"paused": True, "pause_reason": reason, "paused_by": by, "paused_at": Now()}


def _thrown(*, paused: bool, reason: str, by: str) -> dict[str, Any]:
    return {"paused": paused, "reason": reason, "changed_by": by, "changed_at": Now()}


def _record(verb: str, target: Target, *, by: str, address: str, reason: str = "") -> None:
    audit.record(
        verb, by=by, model=target.model, object_id=target.object_id, org_id=target.org_id,
        label=str(target), after={"reason": reason} if reason else None, address=address,
    )  # fmt: skip


def _log(what: str, target: Target, **fields: str) -> None:
    known = {"org_id": target.org_id or "", "module_id": target.module_id or "", **fields}
    logger.warning(what, extra={"fields": known})
