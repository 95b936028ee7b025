"""Everything that is wrong or odd about modules, found at once; nothing is changed.

Called by `manage.py validate_module`. `modules.lookup` decides whether a call is accepted and stops
at the first reason; this goes on to the last one, with the same checks.
"""

from collections.abc import Iterator, Sequence

from modules import registry
from modules.diagnosis import config, queueing, surroundings
from modules.diagnosis.finding import Finding
from modules.diagnosis.surroundings import Surroundings
from modules.errors import UnknownAgent
from modules.models import Module
from modules.schedule_rules import InvalidSchedule, check_input

__all__ = ["Finding", "findings"]


def findings(modules: Sequence[Module]) -> list[list[Finding]]:
    """One list for each module, in the same order."""
    beside = surroundings.of(modules)
    return [[*_of(module, beside)] for module in modules]


def _of(module: Module, beside: Surroundings) -> Iterator[Finding]:
    yield from _status(module)
    yield from _agent(module, beside)
    yield from queueing.pauses(module, beside)
    yield from queueing.oddities(module, beside.policies.get(module.id))
    yield from _namesakes(module, beside.active[module.org_id, module.python_module])


def _status(module: Module) -> Iterator[Finding]:
    if module.status == Module.ACTIVE:
        return
    how = "Set it to active to run it."
    if module.status == Module.ERROR:
        how = (
            "Too many of its runs failed in a row, or somebody set it so. Once the reason is gone: "
            f"manage.py reset_circuit {module.id}"
        )
    yield Finding(blocks=True, path="status", message=f"The module is {module.status}. {how}")


def _agent(module: Module, beside: Surroundings) -> Iterator[Finding]:
    """Without an agent, broken JSON is all that can be said of a config."""
    broken = config.broken_text(module.config)
    yield from broken
    try:
        agent = registry.agent_of(module.python_module, module.endpoint)
    except UnknownAgent as error:
        yield Finding(blocks=True, path="python_module", message=str(error))
        return
    yield from config.uncallable(agent, module.endpoint)
    if not broken:
        yield from config.unfit(agent, module.config)
        yield from config.misdirected(agent, module.config, org_id=module.org_id)
        yield from config.without_secrets(module.config, beside.secrets[module.org_id])
    yield from _schedules(module, beside)


def _schedules(module: Module, beside: Surroundings) -> Iterator[Finding]:
    """Their slots would be refused; the module itself runs."""
    for schedule in beside.schedules.get(module.id, []):
        try:
            check_input(module, schedule.input)
        except InvalidSchedule as error:
            for why in (text for texts in error.errors.values() for text in texts):
                yield Finding(blocks=False, path=f'schedule "{schedule.name[:100]}"', message=why)


def _namesakes(module: Module, active: int) -> Iterator[Finding]:
    """The gateway sends python_module, which must mean one module."""
    if active > 1 and module.status == Module.ACTIVE:
        message = (
            f"{active} active modules of the organization name this agent, so a call must send the "
            "module's id."
        )
        yield Finding(blocks=False, path="python_module", message=message)
