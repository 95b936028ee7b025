"""What a step is called with, and the answer that it will go on later."""

from dataclasses import dataclass
from typing import Any

from agents.base import AgentContext
from agents.checkpoints import WHOLE, FinishedStep, Reason


@dataclass(frozen=True, kw_only=True)
class Call:
    """One go at one step, or at one item of it. given: its `With`. key: the same whenever this step
    of this execution is done again, None when the workflow does not want one."""

    context: AgentContext
    step: str
    index: int = WHOLE
    given: Any
    key: str | None
    timeout_s: float | None = None

    @property
    def remembered(self) -> FinishedStep | None:
        """What it kept when it began to wait, in this attempt or an earlier one."""
        return self.context.finished_steps.get((self.step, self.index))


@dataclass(frozen=True, kw_only=True)
class Pause:
    """The step goes on in a later attempt, which begins in resume_in_s seconds at the latest."""

    reason: Reason
    resume_in_s: float
