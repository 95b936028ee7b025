"""Calls of other modules, as a host sees them: what is asked, and what the worker answered.

`ModuleCalls` keeps one future per open call. It knows frames, not modules: the worker looks the
module up, runs it as a child execution and answers. An agent meets this through
`AgentContext.call_module` only.
"""

import asyncio
import contextlib
import itertools
import math
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from agents.encoding import to_json
from agents.errors import InvalidInput, InvalidOutput, ModuleCallFailed, ModuleCallRefused
from agents.protocol import Frame

MOST_AT_ONCE = 50
"""Open calls of one execution. More wait in the host for one of these to end."""
_SLACK_S = 1.0

Send = Callable[[str, dict[str, Any], bytes], None]


def input_json(module: str, input_data: Any) -> bytes:
    """The body of a call. Raises InvalidInput for what is not a JSON object."""
    given = {} if input_data is None else input_data
    if not isinstance(given, (dict, BaseModel)):
        raise InvalidInput(f"The input for the module {module!r} must be an object (a dict).")
    try:
        return to_json(given).encode()
    except InvalidOutput as error:
        why = str(error).replace("The output", "It")
        raise InvalidInput(f"The input for the module {module!r} cannot be sent. {why}") from None


class ModuleCalls:
    """The open calls of all executions in one host. Lives on the host's event loop."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._numbers = itertools.count(1)
        self._open: dict[int, tuple[str, asyncio.Future[Frame]]] = {}
        self._gates: dict[str, asyncio.Semaphore] = {}

    def begin(self, execution_id: str) -> None:
        self._gates[execution_id] = asyncio.Semaphore(MOST_AT_ONCE)

    async def call(
        self, execution_id: str, module: str, body: bytes, timeout_s: float | None
    ) -> bytes | bytearray:
        """The child's output as JSON. Raises ModuleCallFailed, ModuleCallRefused."""
        gate = self._gates.get(execution_id)
        async with gate or contextlib.nullcontext():
            if gate is None or gate is not self._gates.get(execution_id):
                raise ModuleCallRefused("The execution has ended already.", reason="ended")
            return _output(module, await self._answer(execution_id, module, body, timeout_s))

    def answered(self, frame: Frame) -> None:
        """An answer that nobody waits for any more crossed our word that we gave up."""
        _, future = self._open.pop(frame.header["call"], ("", None))
        if future is not None and not future.done():
            future.set_result(frame)

    def forget(self, execution_id: str) -> None:
        """The execution ended; the worker ends what it called. Tasks that it left behind are told
        by the cancellation of what they wait for."""
        if self._gates.pop(execution_id, None) is None:
            return
        for number in [n for n, (owner, _) in self._open.items() if owner == execution_id]:
            self._open.pop(number)[1].cancel()

    async def _answer(
        self, execution_id: str, module: str, body: bytes, timeout_s: float | None
    ) -> Frame:
        number = next(self._numbers)
        future: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._open[number] = execution_id, future
        header = {"id": execution_id, "call": number, "module": module, "timeout_s": timeout_s}
        self._send("call", header, body)
        try:
            # The worker ends the child in time, and says how. The slack is for that answer.
            async with asyncio.timeout(None if timeout_s is None else timeout_s + _SLACK_S):
                return await future
        except TimeoutError:
            raise ModuleCallFailed(
                f"The module {module!r} did not end within {timeout_s:.4g} seconds.",
                reason="timed_out",
            ) from None
        finally:
            if self._open.pop(number, None):
                self._send("abandon", {"id": execution_id, "call": number}, b"")


def _output(module: str, frame: Frame) -> bytes | bytearray:
    header = frame.header
    if header["status"] == "completed":
        return frame.body
    if header["status"] == "refused":
        raise ModuleCallRefused(
            f"The module {module!r} cannot be called: {header['error']}", reason=header["code"]
        )
    raise ModuleCallFailed(
        f"The module {module!r} failed: {header['error']}",
        execution_id=header["execution_id"],
        reason=header["code"],
    )


def check(module: Any, timeout_s: Any) -> None:
    """Raises InvalidInput; ModuleCallRefused in a thread without an event loop, where nothing could
    be awaited."""
    if not isinstance(module, str) or not module:
        raise InvalidInput("call_module needs a module: its id, its agent's name or its own name.")
    numeric = isinstance(timeout_s, int | float) and not isinstance(timeout_s, bool)
    if timeout_s is not None and not (numeric and 0 < timeout_s < math.inf):
        raise InvalidInput(f"timeout_s of call_module must be seconds above 0, not {timeout_s!r}.")
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop()
        return
    raise ModuleCallRefused(
        "call_module must be awaited: write the agent's execute as `async def execute`, and use "
        "`await asyncio.to_thread(…)` for what blocks.",
        reason="not_async",
    )
