"""`call_module` without a worker: what is refused before it is sent, and a host's open calls."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from agents import BaseAgent, InvalidInput, ModuleCallFailed, ModuleCallRefused
from agents.base import AgentContext
from agents.calls import MOST_AT_ONCE, ModuleCalls
from agents.protocol import Frame
from agents.testing import RecordingContext


class Asks(BaseAgent):
    async def execute(self, input_data: dict[str, Any]) -> Any:
        return await self.context.call_module("other", input_data)


def asking(**modules: Any) -> Asks:
    agent = Asks("org-1")
    agent.context = RecordingContext(modules=modules)
    return agent


def test_a_recording_context_answers_and_keeps_what_was_called() -> None:
    agent = asking(other=lambda given: {"twice": given["n"] * 2})
    assert asyncio.run(agent.execute({"n": 4})) == {"twice": 8}
    assert isinstance(agent.context, RecordingContext)
    assert agent.context.calls == [("other", {"n": 4})]


def test_a_recording_context_fails_as_it_is_told() -> None:
    with pytest.raises(ModuleCallFailed, match="It broke"):
        asyncio.run(asking(other=ModuleCallFailed("It broke.")).execute({}))
    with pytest.raises(ModuleCallRefused, match="'other' is not among"):
        asyncio.run(asking().execute({}))


def test_a_context_without_a_runner_says_so() -> None:
    async def call() -> Any:
        return await AgentContext().call_module("other")

    with pytest.raises(ModuleCallRefused, match="RecordingContext"):
        asyncio.run(call())


@pytest.mark.parametrize(
    ("module", "given", "timeout_s", "said"),
    [
        ("", {}, None, "needs a module"),
        (None, {}, None, "needs a module"),
        ("m", [1], None, "must be an object"),
        ("m", {"a": float("nan")}, None, "cannot be sent. It holds nan at $.a"),
        ("m", {}, 0, "seconds above 0"),
        ("m", {}, float("inf"), "seconds above 0"),
        ("m", {}, "5", "seconds above 0"),
    ],
)
def test_calls_that_make_no_sense_are_refused_at_once(
    module: Any, given: Any, timeout_s: Any, said: str
) -> None:
    async def call() -> Any:
        return await AgentContext().call_module(module, given, timeout_s=timeout_s)

    with pytest.raises(InvalidInput) as refused:
        asyncio.run(call())
    assert said in str(refused.value)


# --- the open calls of a host ---------------------------------------------------------------------


class Wire:
    """What a host would send, and the answers to it."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.calls = ModuleCalls(lambda kind, header, body: self.sent.append((kind, header)))
        self.calls.begin("run")

    def call(self, timeout_s: float | None = None) -> "asyncio.Task[Any]":
        return asyncio.get_running_loop().create_task(self.calls.call("run", "m", b"{}", timeout_s))

    def answer(self, number: int, **header: Any) -> None:
        full = {"call": number, "status": "completed", "error": "", "code": "", **header}
        self.calls.answered(Frame("answer", {"execution_id": "child", **full}, b"[1]"))

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.sent]


async def _turns(n: int = 5) -> None:
    for _ in range(n):
        await asyncio.sleep(0)


async def _an_answer_reaches_its_call(wire: Wire) -> None:
    first, second = wire.call(), wire.call()
    await _turns()
    wire.answer(2)
    wire.answer(1, status="failed", error="No.", code="timed_out")
    assert await second == b"[1]"
    with pytest.raises(ModuleCallFailed, match=r"The module 'm' failed: No\.") as failed:
        await first
    assert (failed.value.execution_id, failed.value.reason) == ("child", "timed_out")
    assert wire.kinds() == ["call", "call"]


async def _a_call_that_is_cancelled_is_abandoned_once(wire: Wire) -> None:
    task = wire.call()
    await _turns()
    task.cancel()
    await _turns()
    assert wire.sent[1:] == [("abandon", {"id": "run", "call": 1})]
    wire.answer(1)  # it crossed our word


async def _a_call_past_its_time_is_abandoned(wire: Wire) -> None:
    with pytest.raises(ModuleCallFailed, match="did not end within") as failed:
        await wire.call(timeout_s=1e-9)
    assert failed.value.reason == "timed_out"
    assert wire.kinds() == ["call", "abandon"]


async def _more_calls_wait_for_one_to_end(wire: Wire) -> None:
    tasks = [wire.call() for _ in range(MOST_AT_ONCE + 1)]
    await _turns()
    assert len(wire.sent) == MOST_AT_ONCE
    wire.answer(7)
    await _turns()
    assert len(wire.sent) == MOST_AT_ONCE + 1
    for number in range(1, MOST_AT_ONCE + 2):
        wire.answer(number)
    assert await asyncio.gather(*tasks) == [b"[1]"] * (MOST_AT_ONCE + 1)


async def _what_an_execution_leaves_behind_is_cancelled(wire: Wire) -> None:
    tasks = [wire.call() for _ in range(MOST_AT_ONCE + 1)]
    await _turns()
    wire.calls.forget("run")
    await _turns(20)
    assert all(task.cancelled() for task in tasks[:-1])
    with pytest.raises(ModuleCallRefused, match="ended already"):
        await tasks[-1]
    assert wire.kinds() == ["call"] * MOST_AT_ONCE, "its worker knows that it ended"


@pytest.mark.parametrize(
    "case",
    [
        _an_answer_reaches_its_call, _a_call_that_is_cancelled_is_abandoned_once,
        _a_call_past_its_time_is_abandoned, _more_calls_wait_for_one_to_end,
        _what_an_execution_leaves_behind_is_cancelled,
    ],
)  # fmt: skip
def test_open_calls(case: Callable[[Wire], Any]) -> None:
    async def run() -> None:
        await case(Wire())

    asyncio.run(run())
