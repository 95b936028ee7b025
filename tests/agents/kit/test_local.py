"""An agent in our own process: what it is given, and how it ends."""

import asyncio
import json
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from agents import BaseAgent
from agents.kit import local
from agents.kit.local import context_for, run_here
from agents.outbound.policy import Policy
from agents.outcome import Outcome


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "GRACE_S", 0.05)


def run(
    execute: Callable[[Any, Any], Any],
    input_data: Any = None,
    *,
    lane: str = "io",
    timeout_s: float | None = None,
    modules: Any = None,
    events: list[tuple[str, Any]] | None = None,
) -> Outcome:
    agent: Any = type("Agent", (BaseAgent,), {"execute": execute, "lane": lane})
    seen = [] if events is None else events
    context = context_for(
        org_id="org-9",
        emit=lambda kind, data: seen.append((kind, data)),
        secrets={},
        modules=modules or {},
        outbound=Policy(),
    )
    body = json.dumps(input_data or {}).encode()
    return run_here(agent, input_json=body, config={}, context=context, timeout_s=timeout_s)


async def _waits(self: BaseAgent, input_data: Any) -> Any:
    await asyncio.sleep(60)


def _spins(self: BaseAgent, input_data: Any) -> Any:
    while True:
        time.sleep(0.01)


async def _does_not_listen(self: BaseAgent, input_data: Any) -> Any:
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            continue


def test_it_gets_its_organization_and_its_output_comes_back() -> None:
    async def execute(self: BaseAgent, input_data: Any) -> Any:
        return {"org": self.org_id, "given": input_data, "left": self.context.remaining_s()}

    assert run(execute, {"a": 1}).value == {"org": "org-9", "given": {"a": 1}, "left": None}


def test_what_it_prints_goes_to_its_log() -> None:
    async def execute(self: BaseAgent, input_data: Any) -> Any:
        print("hello")
        print("world", file=sys.stdout, flush=True)

    events: list[tuple[str, Any]] = []
    assert run(execute, events=events).status == "completed"
    assert [data["message"] for _, data in events] == ["hello", "world"]


def test_calls_of_modules_are_answered_and_shown() -> None:
    async def execute(self: BaseAgent, input_data: Any) -> Any:
        return await self.context.call_module("translate", {"text": "hi"})

    events: list[tuple[str, Any]] = []
    assert run(execute, modules={"translate": {"text": "hallo"}}, events=events).value == {
        "text": "hallo"
    }
    assert events == [("call", {"module": "translate"})]
    assert run(execute).code == "module_call_refused"


@pytest.mark.parametrize("execute", [_waits, _does_not_listen])
def test_its_time_ends_it(execute: Callable[[Any, Any], Any]) -> None:
    outcome = run(execute, timeout_s=0.05)
    assert (outcome.status, outcome.code) == ("failed", "timed_out")
    assert outcome.error == "The run took longer than its 0.05 s."


def test_its_time_ends_code_that_never_awaits() -> None:
    assert run(_spins, lane="cpu", timeout_s=0.05).code == "timed_out"


def test_a_plain_function_sees_that_it_is_cancelled() -> None:
    ended = threading.Event()

    def execute(self: BaseAgent, input_data: Any) -> Any:
        while not self.context.cancelled:
            time.sleep(0.005)
        ended.set()

    assert run(execute, timeout_s=0.05).code == "timed_out"
    assert ended.wait(5)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("execute", [_waits, _does_not_listen])
def test_a_signal_cancels_it(execute: Callable[[Any, Any], Any], number: int) -> None:
    async def interrupted(self: BaseAgent, input_data: Any) -> Any:
        signal.raise_signal(number)
        return await execute(self, input_data)

    assert run(interrupted) == Outcome(status="cancelled", error="Cancelled.")


def test_what_it_left_behind_is_cancelled() -> None:
    tasks: list[asyncio.Task[Any]] = []

    async def execute(self: BaseAgent, input_data: Any) -> Any:
        tasks.append(asyncio.get_running_loop().create_task(asyncio.sleep(60)))
        return 1

    assert run(execute).value == 1
    assert tasks[0].cancelled()


def test_signals_and_timers_mean_afterwards_what_they_meant_before() -> None:
    before = [signal.getsignal(number) for number in local._SIGNALS]
    delay_s, _ = signal.setitimer(signal.ITIMER_REAL, 500)
    try:
        run(_waits, timeout_s=0.02)
        assert [signal.getsignal(number) for number in local._SIGNALS] == before
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 400
    finally:
        signal.setitimer(signal.ITIMER_REAL, delay_s)
