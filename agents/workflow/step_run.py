"""One step of a workflow, from its `if` to its record: items, retries, checkpoints and events.

Knows nothing of the order of steps (`engine` does). A step or item that an earlier attempt finished
is not done again: its record comes from the context.
"""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from agents.base import AgentContext
from agents.checkpoints import WHOLE, FinishedStep
from agents.encoding import as_read_again
from agents.errors import AgentError, InvalidInput, PermanentError
from agents.validation import error_paths, readable
from agents.workflow import template
from agents.workflow.at_once import all_at_once
from agents.workflow.model import ForEach, Step
from agents.workflow.reports import shown, shown_input, step_event
from agents.workflow.steps import KINDS
from agents.workflow.steps.call import Call, Pause
from agents.workflow.template import NotRendered
from agents.workflow.trying import tried

MOST_ITEMS = 1_000
Scope = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class StepRun:
    """scope: what the step's expressions read. places: how much of a workflow runs at once."""

    step: Step
    context: AgentContext
    scope: Scope
    places: asyncio.Semaphore

    async def record(self) -> FinishedStep | Pause:
        """How the step ended, without its `on_error`: failed steps are records, too."""
        kept = self.context.finished_steps.get((self.step.id, WHOLE))
        if kept is not None and kept.status != "waiting":
            return kept
        started = time.monotonic()
        try:
            if not self._wanted():
                return self._skipped()
            output = await (self._each(self.step.for_each) if self.step.for_each else self._one())
        except AgentError as error:
            self._event("failed", error=str(error), ms=_ms(started))
            return FinishedStep(status="failed", error=str(error))
        if isinstance(output, Pause):
            return output
        if self.step.for_each:  # its items have events and checkpoints of their own
            self._event("completed", items=len(output), ms=_ms(started))
        return FinishedStep(status="completed", output=output)

    def _wanted(self) -> bool:
        if self.step.if_ is None:
            return True
        value = self._rendered(self.step.if_, "if", self.scope)
        return not (value is None or value is False or value in ("", [], {}))

    def _skipped(self) -> FinishedStep:
        self.context.checkpoint(self.step.id, status="skipped")
        self._event("skipped")
        return FinishedStep(status="skipped")

    # --- items ------------------------------------------------------------------------------------

    async def _each(self, for_each: ForEach) -> list[Any] | Pause:
        """The outputs in the items' order. With `continue` a failed item's is null."""
        items = self._rendered(for_each.items, "for_each.items", self.scope)
        if not isinstance(items, list):
            raise InvalidInput(f"for_each.items is no list but {type(items).__name__}.")
        if len(items) > MOST_ITEMS:
            raise InvalidInput(f"for_each has {len(items):,} items; at most {MOST_ITEMS:,}.")
        acts = [partial(self._item, index, item) for index, item in enumerate(items)]
        outputs = await all_at_once(acts, most=for_each.concurrency)
        pauses = [output for output in outputs if isinstance(output, Pause)]
        return min(pauses, key=lambda pause: pause.resume_in_s) if pauses else outputs

    async def _item(self, index: int, item: Any) -> Any:
        goes_on = self.step.on_error == "continue"
        if goes_on and self._kept(index) == "failed":
            return None
        started = time.monotonic()
        try:
            return await self._one(index, {**self.scope, "item": item, "index": index})
        except AgentError as error:
            self._event("failed", index, error=str(error), ms=_ms(started))
            if not goes_on:
                raise PermanentError(f"Item {index}: {error}") from None
            self.context.checkpoint(self.step.id, index=index, status="failed", error=str(error))
            return None

    def _kept(self, index: int) -> str | None:
        kept = self.context.finished_steps.get((self.step.id, index))
        return None if kept is None else kept.status

    # --- one go at the step or an item ------------------------------------------------------------

    async def _one(self, index: int = WHOLE, scope: Scope | None = None) -> Any:
        """The output, or a Pause. Raises AgentError."""
        kept = self.context.finished_steps.get((self.step.id, index))
        if kept is not None and kept.status == "completed":
            return kept.output
        scope = scope or self.scope
        async with self.places:
            started = time.monotonic()
            given = self._rendered(self.step.with_, "with", scope)
            begun = kept is not None or self.step.id in self.context.approvals
            if not begun:
                self._event("started", index, input=shown_input(given))
            output = await self._act(given, index)
            if isinstance(output, Pause):
                if not begun:
                    self._event("waiting", index)
                return output
            if self.step.output is not None:
                output = self._rendered(self.step.output, "output", {**scope, "result": output})
            return self._keep(output, index, started)

    async def _act(self, given: Any, index: int) -> Any:
        kind = KINDS[self.step.uses]
        call = Call(
            context=self.context, step=self.step.id, index=index,
            given=_checked(kind.With, given), key=self._key(index), timeout_s=self.step.timeout_s,
        )  # fmt: skip
        return await tried(
            partial(kind.run, call), retry=self.step.retry, timeout_s=self.step.timeout_s,
            on_retry=partial(self._told_of_retry, index),
        )  # fmt: skip

    def _key(self, index: int) -> str | None:
        if self.step.idempotency == "none":
            return None
        item = "" if index == WHOLE else f"/{index}"
        return f"{self.context.execution_id}/{self.step.id}{item}"

    def _keep(self, output: Any, index: int, started: float) -> Any:
        """The output, as another attempt would read it: both must compute the same from it."""
        output = as_read_again(output)
        took_s = time.monotonic() - started
        self.context.checkpoint(self.step.id, output, index=index, took_s=took_s)
        self._event("completed", index, output=shown(output), ms=_ms(started))
        return output

    def _told_of_retry(self, index: int, error: AgentError, pause_s: float) -> None:
        self.context.log(
            f"The step {self.step.id!r} failed and is tried again in {pause_s:.3g} s: {error}",
            level="warning", step=self.step.id, **({} if index == WHOLE else {"index": index}),
        )  # fmt: skip

    def _event(self, status: str, index: int = WHOLE, **data: Any) -> None:
        step_event(self.context, self.step.id, status, uses=self.step.uses, index=index, **data)

    def _rendered(self, value: Any, where: str, scope: Scope) -> Any:
        try:
            return template.rendered(value, scope)
        except NotRendered as error:
            path = ".".join([where, *map(str, error.path)])
            raise InvalidInput(f"{path} cannot be computed: {error}") from None


def _checked(model: Any, given: Any) -> Any:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise InvalidInput(readable(error_paths(error, "with"))) from None


def _ms(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
