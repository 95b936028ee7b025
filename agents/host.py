"""The process that runs agent code, forked by `agents.template` for one worker.

It has a clean environment, a session and process group of its own, one end of a socket pair and
no other file. It runs any number of executions at once on one event loop (a `cpu` host is simply
given one at a time), streams their events and sends one result each. It ends when the channel
closes, and dies with its worker.
"""

import asyncio
import contextlib
import contextvars
import os
import socket
import sys
import threading
import time
import traceback
from dataclasses import asdict
from functools import partial
from typing import Any, NoReturn

from agents import sandbox
from agents.base import AgentContext, BaseAgent
from agents.callbacks import Callbacks
from agents.calls import ModuleCalls
from agents.checkpoints import Allowance, Approval, FinishedStep, finished_step
from agents.gateway import Gateway
from agents.loading import load
from agents.outbound.policy import Policy
from agents.outcome import Outcome, run_agent
from agents.protocol import Channel, Frame
from agents.secrets import Scrubber

CANNOT_START = 70
"""Exit status of a host whose agents could not be imported; the reason is in its stderr."""

_current: contextvars.ContextVar[AgentContext | None] = contextvars.ContextVar(
    "current", default=None
)


class Host:
    """One channel, one event loop, the executions in flight."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.loop = asyncio.get_running_loop()
        self.finished = self.loop.create_future()
        self.agents: dict[str, type[BaseAgent]] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.contexts: dict[str, AgentContext] = {}
        self.steps: dict[str, dict[tuple[str, int], FinishedStep]] = {}
        self.calls = ModuleCalls(self.send)
        self.callbacks = Callbacks(self.send)
        self.turns: dict[type[BaseAgent], asyncio.Semaphore] = {}
        self.thread = threading.get_ident()
        self.pid = os.getpid()
        self._writing = False

    async def serve(self) -> None:
        self.loop.add_reader(self.channel, self._readable)
        await self.finished

    def send(self, kind: str, header: dict[str, Any], body: bytes = b"") -> None:
        self.channel.send(kind, header, body)
        if self.channel.wants_write and not self._writing:
            self._writing = True
            self.loop.add_writer(self.channel, self._writable)

    def send_from_anywhere(self, kind: str, header: dict[str, Any], body: bytes = b"") -> None:
        """Plain functions of the io lane run in threads; the channel belongs to the loop's own.
        Their events come before their result: both go through the loop in order."""
        if threading.get_ident() == self.thread:
            self.send(kind, header, body)
        else:
            self.loop.call_soon_threadsafe(self.send, kind, header, body)

    def _writable(self) -> None:
        self.channel.flush()
        if not self.channel.wants_write:
            self._writing = False
            self.loop.remove_writer(self.channel)

    def _end_a_fork(self) -> None:
        """An agent that calls `os.fork()` and lets the child return would have two processes on
        one channel, which then take each other's frames."""
        if os.getpid() != self.pid:
            os._exit(0)

    def _readable(self) -> None:
        self._end_a_fork()
        for frame in self.channel.receive():
            getattr(self, f"on_{frame.kind}")(frame)
        if self.channel.closed and not self.finished.done():
            self.loop.remove_reader(self.channel)
            self.finished.set_result(None)

    def on_load(self, frame: Frame) -> None:
        """A host that cannot load its agents is of no use, and says so by ending."""
        try:
            self.agents.update(load(frame.header["agents"]))
        except BaseException:  # noqa: BLE001 (a package may raise anything when it is imported)
            traceback.print_exc()
            os._exit(CANNOT_START)
        self.send("ready", {})

    def on_step(self, frame: Frame) -> None:
        """What is no JSON (an agent can write frames by hand) was never finished."""
        step = frame.header
        with contextlib.suppress(ValueError):
            finished = finished_step(step, frame.body)
            self.steps.setdefault(step["id"], {})[step["step"], step["index"]] = finished

    def on_run(self, frame: Frame) -> None:
        execution_id = frame.header["id"]
        self.tasks[execution_id] = self.loop.create_task(self._run(frame))

    def on_cancel(self, frame: Frame) -> None:
        execution_id = frame.header["id"]
        if context := self.contexts.get(execution_id):
            context.cancelled = True
        if task := self.tasks.get(execution_id):
            task.cancel()

    def on_answer(self, frame: Frame) -> None:
        self.calls.answered(frame)

    def on_callback(self, frame: Frame) -> None:
        self.callbacks.arrived(frame)

    async def _run(self, frame: Frame) -> None:
        header, usage, allowance = frame.header, [], Allowance()
        context = self.contexts[header["id"]] = _context(header)
        scrub = Scrubber([*header.get("org_secrets", {}).values(), context.gateway.key])

        def emit(kind: str, data: dict[str, Any]) -> None:
            data = scrub.value(data)
            if kind == "usage":
                usage.append(data)
            self.send_from_anywhere("event", {"id": header["id"], "event": kind, "data": data})

        def keep(kind: str, told: dict[str, Any], body: bytes) -> None:
            allowance.take(len(body))
            told, body = scrub.value(told), scrub.json(body.decode()).encode()
            self.send_from_anywhere(kind, {**told, "id": header["id"]}, body)

        context.emit = emit
        context.caller = partial(self.calls.call, header["id"])
        context.keep = keep
        context.finished_steps = self.steps.pop(header["id"], {})
        context.remote = self.callbacks.remote_run(header)
        self.calls.begin(header["id"])
        _current.set(context)
        outcome = await self._outcome(frame, context)
        self._end_a_fork()
        del self.tasks[header["id"]], self.contexts[header["id"]]
        self.calls.forget(header["id"])
        self._send_result(header["id"], outcome, usage)

    async def _outcome(self, frame: Frame, context: AgentContext) -> Outcome:
        agent, config = self.agents[frame.header["agent"]], frame.header["config"]
        try:
            async with self._turn(agent):
                return await run_agent(
                    agent, context, config=config, input_json=frame.body,
                    org_secrets=frame.header.get("org_secrets", {}),
                )  # fmt: skip
        except asyncio.CancelledError:
            return Outcome(status="cancelled", error="Cancelled.")  # before its turn came

    def _turn(self, agent: type[BaseAgent]) -> contextlib.AbstractAsyncContextManager[None]:
        if agent.at_once is None:
            return contextlib.nullcontext()
        return self.turns.setdefault(agent, asyncio.Semaphore(agent.at_once))

    def _send_result(self, execution_id: str, outcome: Outcome, usage: list[Any]) -> None:
        header = {**asdict(outcome), "id": execution_id, "usage": usage}
        self.send("result", header, header.pop("output").encode())


def _context(header: dict[str, Any]) -> AgentContext:
    return AgentContext(
        execution_id=header["id"],
        org_id=header["org_id"],
        module_id=header["module_id"],
        attempt=header["attempt"],
        deadline_s=time.monotonic() + header["timeout_s"],
        secrets=header["secrets"],
        outbound=Policy.from_header(header.get("outbound", {})),
        gateway=_gateway(header),
        approvals={step: Approval(**told) for step, told in header.get("approvals", {}).items()},
    )


def _gateway(header: dict[str, Any]) -> Gateway:
    if (given := header.get("gateway")) is None:
        return Gateway.undeclared()
    return Gateway(url=given["url"], key=given["key"], owner=header["org_id"])


class _LogStream:
    """Stands in for sys.stdout: what an agent prints becomes a line of its execution's log."""

    encoding, errors = "utf-8", "replace"

    def write(self, text: str) -> int:
        context = _current.get()
        if context is not None and text.strip():
            context.log(text.rstrip()[:2000])
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        return False


async def _main(channel: Channel) -> None:
    await Host(channel).serve()


def main(channel: socket.socket, *, memory_mb: int) -> NoReturn:
    sandbox.be_called("agent-host")
    sandbox.limit(memory_mb=memory_mb)
    # Sent to a whole group they are the worker's to handle, which then finishes what runs here; its
    # own word for "end" is SIGHUP.
    sandbox.ignore_polite_ends()
    sys.stdout = _LogStream()
    asyncio.run(_main(Channel(channel)))
    os._exit(0)  # threads an agent left behind must not keep the process
