"""One run of an agent in this process: no host, no database. Called by `manage.py run_agent`.

Config, input and output are checked as in a real run. What a host adds is missing: its limits, its
clean environment, and the kill that ends whoever does not listen.
"""

import asyncio
import contextlib
import io
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from agents.base import AgentContext, BaseAgent, Emit
from agents.outbound.policy import Policy
from agents.outcome import Outcome, run_agent
from agents.testing.context import RecordingContext

GRACE_S = 2.0
"""Between asking an agent to stop and interrupting it where it stands."""


def context_for(
    *,
    org_id: str,
    emit: Emit,
    secrets: Mapping[str, str],
    modules: Mapping[str, Any],
    outbound: Policy,
) -> AgentContext:
    """modules: what calls of other modules answer, by the name that the agent calls. outbound: what
    the agent may reach."""
    context = RecordingContext(
        execution_id="local", module_id="local", org_id=org_id, secrets=secrets, modules=modules,
        outbound=outbound,
    )  # fmt: skip
    canned = context.caller

    async def caller(module: str, body: bytes, timeout_s: float | None) -> bytes | bytearray:
        emit("call", {"module": module})
        return await canned(module, body, timeout_s)

    context.emit, context.caller = emit, caller
    return context


def run_here(
    agent: type[BaseAgent],
    *,
    input_json: bytes,
    config: dict[str, Any],
    context: AgentContext,
    timeout_s: float | None,
    org_secrets: Mapping[str, str] | None = None,
) -> Outcome:
    """Until it ends, its time is up or Ctrl-C. Only in a main thread: it listens to signals."""
    loop = asyncio.new_event_loop()
    if timeout_s is not None:
        context.deadline_s = time.monotonic() + timeout_s
    run = run_agent(
        agent, context, config=config, input_json=input_json, org_secrets=org_secrets or {}
    )
    task = loop.create_task(run)
    stop = _Stop(loop, task, context)
    with contextlib.closing(loop), stop.listening(timeout_s):
        try:
            with contextlib.redirect_stdout(_Printed(context)):
                outcome = loop.run_until_complete(task)
                _end_what_is_left(loop)
        except _Interrupted:
            outcome = Outcome(status="failed")
    return stop.verdict(outcome, timeout_s)


def _end_what_is_left(loop: asyncio.AbstractEventLoop) -> None:
    """Tasks that the agent started and left are cancelled, as at the end of its host."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left, timeout=GRACE_S))
    loop.run_until_complete(loop.shutdown_asyncgens())


class _Interrupted(KeyboardInterrupt):
    """Raised wherever the agent is when it was asked to stop and did not."""


class _Stop:
    """The first signal asks, each later one interrupts."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, task: "asyncio.Task[Outcome]", context: AgentContext
    ) -> None:
        self._loop, self._task, self._context = loop, task, context
        self._signal = 0

    @contextlib.contextmanager
    def listening(self, timeout_s: float | None) -> Iterator[None]:
        before = {number: signal.signal(number, self._on) for number in _SIGNALS}
        timer = signal.setitimer(signal.ITIMER_REAL, timeout_s or 0)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, *timer)
            for number, handler in before.items():
                signal.signal(number, handler)

    def verdict(self, outcome: Outcome, timeout_s: float | None) -> Outcome:
        """Whoever was asked to stop is stopped, whatever it answered then."""
        if self._signal == signal.SIGALRM:
            error = f"The run took longer than its {timeout_s:g} s."
            return replace(outcome, status="failed", code="timed_out", error=error, output="")
        if self._signal:
            return Outcome(status="cancelled", error="Cancelled.")
        return outcome

    def _on(self, number: int, _frame: object) -> None:
        if self._signal:
            raise _Interrupted
        self._signal = number
        self._context.cancelled = True
        self._loop.call_soon_threadsafe(self._task.cancel)
        signal.setitimer(signal.ITIMER_REAL, GRACE_S, GRACE_S)


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)


class _Printed(io.TextIOBase):
    """What the agent prints becomes lines of its log, as in a host."""

    def __init__(self, context: AgentContext) -> None:
        self._context = context

    def write(self, text: str) -> int:
        if text.strip():
            self._context.log(text.rstrip()[:2000])
        return len(text)
