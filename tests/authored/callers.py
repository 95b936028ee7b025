"""Agents that call other modules, as their input says."""

import asyncio
import contextlib
import itertools
import json
import os
import stat
import struct
from pathlib import Path
from typing import Any

from agents import BaseAgent, ModuleCallFailed


class Caller(BaseAgent):
    """Calls `modules`, a list of [module, input], all at once, and gives their outputs; a failure
    of one is {"failed", "reason", "execution_id"} when `catch`. first_s: sleep before."""

    name = "caller"

    async def execute(self, input_data: dict[str, Any]) -> Any:
        await asyncio.sleep(input_data.get("first_s", 0))
        timeout_s = input_data.get("timeout_s")
        catch = input_data.get("catch", False)
        return await asyncio.gather(
            *(self._one(name, given, timeout_s, catch) for name, given in input_data["modules"])
        )

    async def _one(self, name: str, given: Any, timeout_s: float | None, catch: bool) -> Any:
        try:
            return await self.context.call_module(name, given, timeout_s=timeout_s)
        except ModuleCallFailed as error:
            if not catch:
                raise
            return {
                "failed": str(error), "reason": error.reason, "execution_id": error.execution_id,
            }  # fmt: skip


class CpuCaller(Caller):
    name = "cpu_caller"
    lane = "cpu"


class Nested(BaseAgent):
    """Calls itself until `levels` are left; gives how deep it came."""

    name = "nested"

    async def execute(self, input_data: dict[str, Any]) -> int:
        left = input_data["levels"]
        if left == 0:
            return 0
        below: int = await self.context.call_module(
            input_data.get("module", self.name), {**input_data, "levels": left - 1}
        )
        return below + 1


class CpuNested(Nested):
    name = "cpu_nested"
    lane = "cpu"


class Careless(BaseAgent):
    """Calls, waits for the file `go`, and does not stay: `how` is leave, fail, die or give_up."""

    name = "careless"

    async def execute(self, input_data: dict[str, Any]) -> Any:
        task = asyncio.create_task(self.context.call_module(*input_data["call"]))
        while not Path(input_data["go"]).exists():
            await asyncio.sleep(0.02)
        if input_data["how"] == "fail":
            raise ValueError("the parent failed")
        if input_data["how"] == "die":
            os._exit(3)
        if input_data["how"] == "give_up":
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await asyncio.sleep(input_data.get("then_s", 0))
        return "left"


class PlainCaller(BaseAgent):
    name = "plain_caller"

    def execute(self, input_data: dict[str, Any]) -> Any:  # type: ignore[override]
        return self.context.call_module("echo", {})


_numbers = itertools.count(1_000_000)


class Forger(BaseAgent):
    """Writes a `call` frame by hand, with any fields; waits a while for what comes of it. What JSON
    texts of callers cannot hold is spelled NUL and HALF (of a surrogate pair)."""

    name = "forger"
    lane = "cpu"

    async def execute(self, input_data: dict[str, Any]) -> Any:
        header = {
            "kind": "call", "id": self.context.execution_id, "call": next(_numbers),
            "timeout_s": None, **input_data["header"], "module": _odd(input_data["module"]),
        }  # fmt: skip
        if digits := input_data.get("digits"):
            header["timeout_s"] = 10**digits
        text = json.dumps(header).encode()
        body = _odd(input_data["body"]).encode()
        for _ in range(input_data.get("times", 1)):
            _write(struct.pack("!II", len(text), len(body)) + text + body)
        await asyncio.sleep(1)
        return "survived"


def _odd(text: Any) -> Any:
    return text.replace("NUL", "\0").replace("HALF", "\ud800") if isinstance(text, str) else text


def _write(frame: bytes) -> None:
    for fd in range(3, 64):
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                os.write(fd, frame)
