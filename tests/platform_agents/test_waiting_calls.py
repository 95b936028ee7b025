"""A call that waits: what it keeps, and how its wait ends. The bridge, without a database."""

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack
from typing import Any

import pytest
from django.http import HttpResponse

from executions.events import Result, Waiter
from executions.later import Later, Pending
from platform_agents.bridge import Bridge
from tests.processes import wait_until

SCOPE = {
    "type": "http", "method": "POST", "path": "/execute", "query_string": b"", "headers": [],
    "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", 80),
}  # fmt: skip


class Large:
    """Stands for whatever a request holds."""


class Call:
    """An application whose one answer comes when `waiter` is woken, or after `seconds`."""

    def __init__(self, *, seconds: float) -> None:
        self.waiter = Waiter("an execution")
        self.seconds = seconds
        self.large: weakref.ref[Large] | None = None
        self.let_go = False
        self.sent: list[dict[str, Any]] = []

    def app(self, environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        environ["large"] = large = Large()
        self.large = weakref.ref(large)
        held = ExitStack()
        held.callback(self._release)
        answer = Later(Pending(self.waiter, seconds=self.seconds, final=self._final, held=held))
        answer.headers["X-First"] = "kept"
        start("202 Accepted", list(answer.items()))
        return answer

    def _final(self) -> HttpResponse:
        result = self.waiter.result
        return HttpResponse(result.output if result else "not yet", status=200 if result else 202)

    def _release(self) -> None:
        self.let_go = True

    def through_a_bridge(self) -> Awaitable[None]:
        bridge = Bridge(self.app, threads=1, max_body_bytes=1000, body_s=30)
        return bridge(dict(SCOPE), self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}"}

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def forgotten(self) -> bool:
        gc.collect()
        return self.large is not None and self.large() is None


async def _woken(call: Call) -> None:
    waiting = asyncio.ensure_future(call.through_a_bridge())
    await asyncio.to_thread(wait_until, call.forgotten, seconds=30)
    assert not waiting.done()
    call.waiter.wake(Result("an execution", "completed", "the output", None))
    await waiting


def test_a_call_that_waits_has_forgotten_its_request_and_answers_when_woken() -> None:
    call = Call(seconds=600)
    asyncio.run(_woken(call))
    start, body = call.sent
    assert (start["status"], body["body"]) == (200, b"the output")
    assert (b"x-first", b"kept") in start["headers"]
    assert call.let_go


@pytest.mark.parametrize("woken", [False, True])
def test_its_patience_is_over_or_it_was_woken_before_it_waited(woken: bool) -> None:
    call = Call(seconds=600 if woken else 0.01)
    if woken:
        call.waiter.wake(Result("an execution", "completed", "early", None))

    async def answered() -> None:
        await call.through_a_bridge()

    asyncio.run(answered())
    start, body = call.sent
    assert (start["status"], body["body"]) == ((200, b"early") if woken else (202, b"not yet"))
    assert call.let_go


def test_a_thread_that_waits_is_woken_too() -> None:
    waiter = Waiter("an execution")
    waiter.wake(None)
    waiter.wait(600)
    assert waiter.woken
