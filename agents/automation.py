"""The automation agent: runs the workflow that is its module's config.

Steps call modules, make requests, compute, wait, notify, and ask for approval; see
docs/agents/automation.md. The work is in `agents.workflow`.
"""

from typing import Any

from agents.base import BaseAgent
from agents.errors import InvalidConfig
from agents.parsing import parsed
from agents.workflow.engine import Engine
from agents.workflow.model import Workflow
from agents.workflow.modules_named import modules_named


class AutomationAgent(BaseAgent):
    """Any JSON object is its input; the workflow's `output` is its output."""

    name = "automation"
    aliases = ("automation_agent", "automation_processor")
    about = (
        "Runs a workflow: calls other modules, asks servers, waits, and asks people for approval."
    )

    Config = Workflow

    @classmethod
    def modules_named(cls, config: Any) -> dict[str, tuple[str, ...]]:
        return modules_named(config)

    async def execute(self, input_data: Any) -> Any:
        """Raises PermanentError naming the step that failed; Suspended while it has to wait."""
        workflow = parsed(Workflow, self.config, root="config", error=InvalidConfig)
        return await Engine(workflow, self.context, input_data).run()
