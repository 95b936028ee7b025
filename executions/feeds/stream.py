"""An execution's feed as server-sent events: `GET /executions/{id}/events`, asked for as a stream.

The view answers with a `Stream`; `platform_agents.bridge` lets its thread go and has it sent on the
event loop. Servers without one (WSGI) cannot.
"""

import json
from collections.abc import Awaitable, Callable

from django.conf import settings
from django.http import HttpResponse

from executions.feeds import following
from executions.feeds.closing import DONE
from executions.feeds.delivering import deliver
from executions.feeds.messages import Message
from executions.feeds.subscription import Subscription
from executions.feeds.watched import Topic

CONTENT_TYPE = "text/event-stream"
_RETRY = b"retry: 2000\n\n"  # milliseconds until a browser connects again
_STILL_HERE = b": still here\n\n"

SendPart = Callable[[bytes], Awaitable[None]]


class Stream(HttpResponse):
    """check: raises Closed when the caller may not watch any more."""

    def __init__(
        self, execution_id: str, *, org_id: str, seq: int, check: Callable[[], object]
    ) -> None:
        super().__init__(content_type=CONTENT_TYPE)
        self["Cache-Control"] = "no-store"
        self["X-Accel-Buffering"] = "no"
        self._topic = Topic("execution", execution_id)
        self._org_id = org_id
        self._seq = seq
        self._check = check

    async def send(self, send_part: SendPart) -> None:
        """All of it, as it happens. Called on the event loop."""
        subscription = Subscription(self._topic, org_id=self._org_id, seq=self._seq)

        async def send(batch: list[Message]) -> None:
            await send_part(b"".join(message.sse for message in batch) or _STILL_HERE)

        await send_part(_RETRY)
        idle_s = settings.FEED_HEARTBEAT_SECONDS
        batches = following.execution(subscription, idle_s=idle_s)
        why = await deliver(subscription, batches, send=send, check=self._check)
        if why not in (None, DONE):
            told = json.dumps({"code": why.code, "reason": why.reason})
            await send_part(f"event: close\ndata: {told}\n\n".encode())
