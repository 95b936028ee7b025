"""What operators do with a module besides editing it: activate, deactivate, duplicate.

Each is one transaction with its line in the audit. Called by the admin.
"""

from django.db import transaction

from modules import config_recording
from modules.errors import ModuleNotFound
from modules.models import Module, ModulePolicy
from platform_agents.postgres.prepared import fetch
from platform_agents.tenancy import audit

_COPY = " (copy)"


@transaction.atomic
def set_status(module: Module, status: str, *, by: str, address: str = "") -> bool:
    """False when it was so already, or is gone."""
    rows = Module.objects.for_org(module.org_id).filter(pk=module.pk)
    if not rows.exclude(status=status).update(status=status):
        return False
    audit.record(
        "module.activated" if status == Module.ACTIVE else "module.deactivated",
        by=by, model="modules.module", object_id=module.pk, org_id=module.org_id,
        label=module.name, before={"status": module.status}, after={"status": status},
        address=address,
    )  # fmt: skip
    return True


@transaction.atomic
def duplicate(module: Module, *, by: str, address: str = "") -> Module:
    """Another module with the same agent, config and policy: inactive, so that whoever made it can
    change it first, without schedules and not paused. Raises ModuleNotFound when it is gone."""
    now = Module.objects.for_org(module.org_id).filter(pk=module.pk).first()
    if now is None:
        raise ModuleNotFound("No such module in this organization.")
    copy = Module.objects.for_org(now.org_id).create(
        name=f"{now.name}{_COPY}", category=now.category, python_module=now.python_module,
        endpoint=now.endpoint, config=now.config, status=Module.INACTIVE, org_id=now.org_id,
    )  # fmt: skip
    _copy_policy(now, copy)
    config_recording.record(fetch, copy.pk, author=by, reason=f"Copied from {now.name}"[:500])
    audit.record(
        "module.duplicated", by=by, model="modules.module", object_id=copy.pk, org_id=copy.org_id,
        label=copy.name, after={"copied_from": now.pk}, address=address,
    )  # fmt: skip
    return copy


def _copy_policy(module: Module, copy: Module) -> None:
    policy = ModulePolicy.objects.for_org(module.org_id).filter(module_id=module.pk).first()
    if policy is None:
        return
    policy.module_id = copy.pk
    policy.paused, policy.pause_reason, policy.paused_by, policy.paused_at = False, "", "", None
    policy.save(force_insert=True)
