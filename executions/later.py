"""An answer that is not known yet, for servers that can wait without a thread.

Returned by the view of POST /execute when the server in front says that it understands (`HERE`);
`platform_agents.bridge` then lets the thread go, waits on its event loop, and asks for `final`.
"""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

from django.http import HttpRequest, HttpResponse

from executions.events import Waiter

HERE = "platform_agents.later"
"""The key of the WSGI environment by which the server says that it can."""


def possible(request: HttpRequest) -> bool:
    return HERE in request.META


class Later(HttpResponse):
    """Its headers are the answer's, too; everything else comes from `final`. held: what keeps the
    waiter registered until `let_go`."""

    def __init__(
        self, waiter: Waiter, *, seconds: float, final: Callable[[], HttpResponse], held: ExitStack
    ) -> None:
        super().__init__(status=202)
        self._waiter = waiter
        self._seconds = seconds
        self._held = held
        self.final = final

    async def wait(self) -> None:
        """Until the execution has finished, or the caller's patience is over."""
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()
        self._waiter.then(lambda: loop.call_soon_threadsafe(woken.set))
        try:
            async with asyncio.timeout(self._seconds):
                await woken.wait()
        except TimeoutError:
            return

    @property
    def needs_thread(self) -> bool:
        """Whether `final` has to ask the database."""
        return self._waiter.result is None

    def let_go(self) -> None:
        self._held.close()
