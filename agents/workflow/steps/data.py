"""`uses: data`: an operation of the data agent, in a child execution of the organization's data
module. Never in this process: pandas would hold up everything else on its event loop."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from agents.data import DataAgent
from agents.errors import ModuleCallRefused
from agents.workflow.steps.call import Call

NAMES: Final = tuple(
    prefix + name
    for name in (DataAgent.canonical_name(), *DataAgent.aliases)
    for prefix in ("", "agents.")
)
"""What python_module says of a data module; the first that the organization has is meant."""


class With(BaseModel):
    """module: one data module of several. Everything else is the data agent's input."""

    model_config = ConfigDict(extra="allow")

    module: str | None = Field(default=None, min_length=1, max_length=255)


async def run(call: Call) -> Any:
    given: With = call.given
    for name in [given.module] if given.module else NAMES:
        try:
            return await call.context.call_module(name, given.model_extra, timeout_s=call.timeout_s)
        except ModuleCallRefused as error:
            if given.module or error.reason != "module_not_found":
                raise
    raise ModuleCallRefused(
        "This organization has no data module; add one whose python module is data.",
        reason="module_not_found",
    )
