"""An answer that is not known yet, for servers that can wait without a thread.

Returned by the view of POST /execute when the server in front says that it understands (`HERE`);
`platform_agents.bridge` then lets the thread go, waits on its event loop, and asks for `final`.
"""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from django.http import HttpRequest, HttpResponse

from executions.events import Waiter

HERE = "platform_agents.later"
"""The key of the WSGI environment by which the server says that it can."""


def possible(request: HttpRequest) -> bool:
    return HERE in request.META


class Pending:
    """What is left of a call while it waits: its request and its first answer are forgotten, so
    that hundreds of waiting calls cost little. held: what keeps the waiter registered until
    `let_go`. final: the answer, rendered; made when the wait is over."""

    def __init__(
        self, waiter: Waiter, *, seconds: float, final: Callable[[], HttpResponse], held: ExitStack
    ) -> None:
        self._waiter = waiter
        self._seconds = seconds
        self._held = held
        self.final = final

    async def wait(self) -> None:
        """Until the execution has finished, or the caller's patience is over."""
        loop = asyncio.get_running_loop()
        over = loop.create_future()
        end = partial(_end, over)
        timer = loop.call_later(self._seconds, end)
        self._waiter.then(lambda: loop.call_soon_threadsafe(end))
        try:
            await over
        finally:
            timer.cancel()

    @property
    def needs_thread(self) -> bool:
        """Whether `final` has to ask the database."""
        return self._waiter.result is None

    def let_go(self) -> None:
        self._held.close()


class Later(HttpResponse):
    """Its headers are the answer's, too; everything else comes from `pending.final`."""

    def __init__(self, pending: Pending) -> None:
        super().__init__(status=202)
        self.pending = pending


def _end(wait: "asyncio.Future[None]") -> None:
    if not wait.done():
        wait.set_result(None)
