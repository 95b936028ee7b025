"""Runs a workflow: each step once all that it needs is over, as many at once as can be.

A failed step ends the workflow, is passed over, or is followed by its fallback, as its `on_error`
says. When nothing is left to do but to wait, the execution makes a pause (`Suspended`) and goes on
in its next attempt, with the records of this one. Called by `agents.automation`.
"""

import asyncio
from dataclasses import replace
from typing import Any

from agents.base import AgentContext
from agents.checkpoints import WHOLE, FinishedStep, Suspended
from agents.errors import InvalidInput, PermanentError
from agents.workflow import template
from agents.workflow.at_once import end
from agents.workflow.model import Step, Workflow
from agents.workflow.step_run import StepRun
from agents.workflow.steps.call import Pause
from agents.workflow.template import NotRendered

MOST_AT_ONCE = 100
"""Calls of steps and their items that one workflow has under way."""

Ended = FinishedStep | Pause
Records = dict[str, FinishedStep]


class Engine:
    """One attempt of one execution."""

    def __init__(self, workflow: Workflow, context: AgentContext, input_data: Any) -> None:
        self.workflow = workflow
        self.context = context
        self.input = input_data
        self.places = asyncio.Semaphore(MOST_AT_ONCE)
        self.steps = {step.id: step for step in workflow.steps}
        self.stand_ins = workflow.fallbacks()
        self.records: Records = {}
        self.pauses: dict[str, Pause] = {}

    async def run(self) -> Any:
        """The workflow's output. Raises PermanentError naming the step that failed, Suspended."""
        left = [step for step in self.workflow.steps if step.id not in self.stand_ins]
        total, running = len(left), dict[asyncio.Task[Ended], Step]()
        try:
            while left or running:
                ready = [step for step in left if self.records.keys() >= set(step.needs)]
                left = [step for step in left if step not in ready]
                running |= {asyncio.create_task(self._ended(step)): step for step in ready}
                if not running:
                    break
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    self._note(running.pop(task), task.result())
                self.context.progress(len(self.records) / total)
        finally:
            await end(list(running))
        if self.pauses:
            raise self._suspended()
        return self._output()

    def _note(self, step: Step, ended: Ended) -> None:
        if isinstance(ended, Pause):
            self.pauses[step.id] = ended
        else:
            self.records[step.id] = ended

    async def _ended(self, step: Step, failed: Records | None = None) -> Ended:
        """The step's record, after its `on_error`. Raises PermanentError when it says fail.
        failed: the steps in whose place it runs. It can read them; for others they are not over."""
        ended = await self._run(step, failed or {})
        if isinstance(ended, Pause) or ended.status != "failed":
            return ended
        if step.on_error == "fail":
            raise PermanentError(f"The step {step.id!r} failed: {ended.error}")
        self._keep_failure(step, ended)
        if step.fallback is None:
            return ended
        failed = {**(failed or {}), step.id: ended}
        instead = await self._ended(self.steps[step.fallback], failed)
        return instead if isinstance(instead, Pause) else replace(instead, error=ended.error)

    async def _run(self, step: Step, failed: Records) -> Ended:
        scope = self._scope({**self.records, **failed})
        run = StepRun(step=step, context=self.context, scope=scope, places=self.places)
        return await run.record()

    def _keep_failure(self, step: Step, record: FinishedStep) -> None:
        """So that the next attempt goes on from here, too."""
        kept = self.context.finished_steps.get((step.id, WHOLE))
        if kept is None or kept.status != "failed":
            self.context.checkpoint(step.id, status="failed", error=record.error)

    def _scope(self, records: Records) -> dict[str, Any]:
        context = self.context
        return {
            "input": self.input,
            "steps": {name: _readable(record) for name, record in records.items()},
            "run": {
                "id": context.execution_id, "org_id": context.org_id, "attempt": context.attempt,
            },
        }  # fmt: skip

    def _suspended(self) -> Suspended:
        """Until the first of them is due; an approval may come before."""
        step, pause = min(self.pauses.items(), key=lambda item: item[1].resume_in_s)
        return Suspended(reason=pause.reason, step=step, resume_in_s=pause.resume_in_s)

    def _output(self) -> Any:
        if self.workflow.output is None:
            needed = {name for step in self.workflow.steps for name in step.needs}
            return {name: r.output for name, r in self.records.items() if name not in needed}
        try:
            return template.rendered(self.workflow.output, self._scope(self.records))
        except NotRendered as error:
            path = ".".join(["output", *map(str, error.path)])
            raise InvalidInput(f"{path} cannot be computed: {error}") from None


def _readable(record: FinishedStep) -> dict[str, Any]:
    return {"output": record.output, "status": record.status, "error": record.error or None}
