"""Whether a module can be saved as somebody wants it. Called by the admin's form, and by whoever
restores an earlier version: both say no for the same reasons, which are those of POST /execute."""

from collections.abc import Callable
from functools import partial
from typing import Any

from modules import registry
from modules.errors import InvalidModuleConfig, UnknownAgent
from modules.lookup import check_config, check_endpoint
from modules.named_modules import check_named_modules


def problems(
    *, python_module: str, endpoint: str | None, config: Any, org_id: str | None
) -> dict[str, list[str]]:
    """Field -> what is wrong with it; empty when nothing is. config: its value, or InvalidJson.
    org_id None: not known yet, so that the modules that a config names are not looked for."""
    try:
        agent = registry.agent_of(python_module, endpoint)
    except UnknownAgent as error:
        return {"python_module": [str(error)]}
    found = {
        "endpoint": _why(check_endpoint, agent, endpoint),
        "config": _why(check_config, agent, config),
    }
    if not found["config"] and org_id:
        found["config"] = _why(partial(check_named_modules, org_id=org_id), agent, config)
    return {field: why for field, why in found.items() if why}


def _why(check: Callable[..., None], *given: Any) -> list[str]:
    try:
        check(*given)
    except InvalidModuleConfig as error:
        paths = [f"{path}: {', '.join(said)}" for path, said in error.errors.items()]
        return paths or [str(error)]
    return []
