"""What the form of Run now begins with: the input of an execution, the last one's, or an example.

Called by `run_now`, when the page is made and again when it comes back: what somebody left alone,
secrets included, is taken from the same execution then.
"""

from dataclasses import dataclass
from typing import Any

from agents.kit.description import schemas
from executions.models import ModuleExecution
from executions.submission import input_text
from modules.models import Module
from modules.registry import RegisteredAgent
from platform_agents.schema_forms import ABSENT

MOST_SHOWN = 100_000
"""Characters of an input that a form shows: browsers become slow with more."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """execution_id: whose input it is, "" for an example or nothing. too_large: there is an input,
    which is not shown."""

    value: Any = ABSENT
    execution_id: str = ""
    too_large: bool = False


def of_execution(module: Module, execution_id: str) -> Start | None:
    """None when it is none of this module's."""
    rows = ModuleExecution.objects.for_org(module.org_id).filter(module_id=module.pk)
    found = rows.filter(pk=execution_id).first()
    return None if found is None else _start(found)


def of_last(module: Module, agent: RegisteredAgent) -> Start:
    """Of the newest, unless it has none or one that is too large to edit."""
    rows = ModuleExecution.objects.for_org(module.org_id).filter(module_id=module.pk)
    newest = rows.order_by("-started_at", "-id").first()
    start = Start() if newest is None else _start(newest)
    if start.value is not ABSENT and not start.too_large:
        return start
    return Start(value=example(agent))


def example(agent: RegisteredAgent) -> Any:
    """As the author of the agent wrote it down in its schema; ABSENT without."""
    written = (schemas(agent.cls)["input"] or {}).get("examples")
    first = written[0] if isinstance(written, list) and written else None
    return first if isinstance(first, dict) else ABSENT


def _start(row: ModuleExecution) -> Start:
    if not isinstance(row.input, dict):
        return Start(execution_id=row.pk)
    large = len(input_text(row.input)) > MOST_SHOWN
    return Start(value=row.input, execution_id=row.pk, too_large=large)
