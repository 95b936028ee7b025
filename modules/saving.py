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
    """As `findings`, by field alone: what stands deeper is part of the text."""
    found: dict[str, list[str]] = {}
    given = {"python_module": python_module, "endpoint": endpoint, "config": config}
    for path, said in findings(**given, org_id=org_id).items():
        text = ", ".join(said)
        field = path.partition(".")[0]
        found.setdefault(field, []).append(text if path == field else f"{path}: {text}")
    return found


def findings(
    *, python_module: str, endpoint: str | None, config: Any, org_id: str | None
) -> dict[str, list[str]]:
    """Path (`config.model`) -> what is wrong there; empty when nothing is. config: its value, or
    InvalidJson. org_id None: not known yet, so that the modules that a config names are not looked
    for."""
    try:
        agent = registry.agent_of(python_module, endpoint)
    except UnknownAgent as error:
        return {"python_module": [str(error)]}
    wrong = _why("config", check_config, agent, config)
    if not wrong and org_id:
        wrong = _why("config", partial(check_named_modules, org_id=org_id), agent, config)
    return {**_why("endpoint", check_endpoint, agent, endpoint), **wrong}


def _why(field: str, check: Callable[..., None], *given: Any) -> dict[str, list[str]]:
    try:
        check(*given)
    except InvalidModuleConfig as error:
        return error.errors or {field: [str(error)]}
    return {}
