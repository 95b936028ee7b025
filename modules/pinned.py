"""A module as it was at an earlier version, for `executions.dispatch`."""

from modules import lookup
from modules.errors import ConfigVersionUnknown
from modules.lookup import RunnableModule
from platform_agents.postgres.prepared import fetch

# Locked, so that nobody deletes it before the run that needs it is there.
_READ = """
SELECT python_module, endpoint, config, version FROM modules_config_version
WHERE org_id = %(org_id)s AND module_id = %(module_id)s AND version = %(version)s FOR KEY SHARE"""


def pinned(org_id: str, reference: str, *, version: int) -> RunnableModule:
    """The active module `reference` with the agent, endpoint and config of that version, under the
    policy of today. Call it in the transaction that queues the run. Raises a ModuleError:
    ConfigVersionUnknown, or InvalidModuleConfig when it does not fit the agent any more."""
    row = lookup.find(fetch, org_id, reference)
    wanted = {"org_id": org_id, "module_id": row["id"], "version": version}
    for python_module, endpoint, config, number in fetch(_READ, wanted):
        then = {
            "python_module": python_module, "endpoint": endpoint, "config": config,
            "config_version": number,
        }  # fmt: skip
        target = lookup.of_row({**row, **then})
        lookup.check_row(target.agent, {**row, **then})
        return target
    raise ConfigVersionUnknown(
        f"The module has no version {version} of its config any more; use the current one."
    )
