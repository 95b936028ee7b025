"""The versions of a module's config: read them, and go back to one. Called by the admin."""

from dataclasses import dataclass
from itertools import pairwise

from django.db import connection, transaction

from modules import config_recording, saving
from modules.config_changes import Change, changes
from modules.config_version import ConfigVersion
from modules.errors import ConfigVersionUnknown, InvalidModuleConfig, ModuleNotFound
from modules.models import Module
from platform_agents.postgres.prepared import fetch
from platform_agents.shared_schema.json_text import parsed
from platform_agents.tenancy import audit

_PAGE = 25
_RESTORE = """
UPDATE public.modules m
SET python_module = v.python_module, endpoint = v.endpoint, config = v.config
FROM modules_config_version v WHERE v.id = %s AND m.id = v.module_id AND m.org_id = v.org_id"""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """changes: against the version before it. current: the module is as it says."""

    version: ConfigVersion
    changes: tuple[Change, ...]
    current: bool


def history(org_id: str, module_id: str, *, below: int | None = None) -> list[Entry]:
    """The newest versions, newest first; below: only those with smaller numbers. Up to 25."""
    rows = ConfigVersion.objects.for_org(org_id).filter(module_id=module_id)
    if below is not None:
        rows = rows.filter(version__lt=below)
    found: list[ConfigVersion | None] = list(rows.order_by("-version")[: _PAGE + 1])
    if len(found) <= _PAGE:
        found.append(None)
    module = Module.objects.for_org(org_id).filter(id=module_id).first()
    return [
        Entry(
            version=version,
            changes=changes(before, version),
            current=below is None and version is found[0] and _is(module, version),
        )
        for version, before in pairwise(found)
        if version is not None
    ]


def _is(module: Module | None, version: ConfigVersion) -> bool:
    if module is None:
        return False
    now = (module.python_module, module.endpoint, module.config)
    return now == (version.python_module, version.endpoint, parsed(version.config))


@transaction.atomic
def restore(org_id: str, module_id: str, *, version: int, by: str, address: str = "") -> int | None:
    """Make the module what it was at that version. Returns the number of the new version; None when
    the module is so already. Raises ModuleNotFound, ConfigVersionUnknown, or InvalidModuleConfig
    when it could not be saved so today."""
    rows = Module.objects.for_org(org_id).filter(id=module_id)
    if not rows.exists():
        raise ModuleNotFound("No such module in this organization.")
    config_recording.hold(module_id)
    then = ConfigVersion.objects.for_org(org_id).filter(module_id=module_id, version=version)
    if (wanted := then.select_for_update().first()) is None:
        raise ConfigVersionUnknown(f"The module has no version {version} of its config any more.")
    _check(wanted)
    with connection.cursor() as cursor:
        cursor.execute(_RESTORE, [wanted.pk])
    reason = f"Restored version {version}"
    new = config_recording.record(fetch, module_id, author=by, reason=reason)
    if new is not None:
        audit.record(
            "config.restored", by=by, model="modules.module", object_id=module_id, org_id=org_id,
            label=rows.get().name, after={"version": new, "as": version}, address=address,
        )  # fmt: skip
    return new


def _check(version: ConfigVersion) -> None:
    errors = saving.problems(
        python_module=version.python_module,
        endpoint=version.endpoint,
        config=parsed(version.config),
        org_id=version.org_id,
    )
    if errors:
        what = f"Version {version.version} cannot be restored: it is not valid any more."
        raise InvalidModuleConfig(what, errors)
