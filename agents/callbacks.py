"""Runs that are answered later, as a host sees them: one future per run that waits.

`RemoteRun` is what an agent is told of its module's endpoint. The worker hears `wait`, watches for
the callback that the web server accepted, and sends it as a `callback` frame.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from agents.protocol import Frame

Send = Callable[[str, dict[str, Any], bytes], None]


@dataclass(frozen=True, kw_only=True)
class RemoteRun:
    """callback_url: where this attempt may be answered later, "" when nobody can call us back.
    answer: await it to get the body that came there, JSON that was checked."""

    endpoint: str
    callback_url: str
    task_id: str | None
    answer: Callable[[], Awaitable[bytes | bytearray]]


class Callbacks:
    """The waiting runs of one host. Lives on its event loop."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: dict[str, asyncio.Future[bytes | bytearray]] = {}

    def remote_run(self, header: dict[str, Any]) -> RemoteRun | None:
        """Of a run frame; None when its module has no endpoint."""
        if (remote := header.get("remote")) is None:
            return None
        return RemoteRun(**remote, answer=partial(self._wait, header["id"]))

    def arrived(self, frame: Frame) -> None:
        future = self._waiting.get(frame.header["id"])
        if future is not None and not future.done():
            future.set_result(frame.body)

    async def _wait(self, execution_id: str) -> bytes | bytearray:
        future: asyncio.Future[bytes | bytearray] = asyncio.get_running_loop().create_future()
        self._waiting[execution_id] = future
        self._send("wait", {"id": execution_id}, b"")
        try:
            return await future
        finally:
            del self._waiting[execution_id]
