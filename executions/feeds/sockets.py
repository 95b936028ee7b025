"""Feeds over WebSockets: `/ws/executions/{id}` and `/ws/executions`.

A refusal is a close frame with a code of its own, so every handshake is accepted first: a browser
would see nothing of a refused one. What a client may say is "ping", nothing else.
"""

import asyncio
import json
import logging
from contextlib import suppress
from functools import partial
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from executions.feeds import following, handshake
from executions.feeds.asking import ask
from executions.feeds.closing import NOTHING_HERE, UNREADABLE, Closed, Why
from executions.feeds.delivering import deliver
from executions.feeds.messages import Message
from executions.feeds.subscription import Subscription
from executions.feeds.watched import Topic

logger = logging.getLogger(__name__)

_MOST_INBOUND = 1024
_IDLE_S = 3600.0  # uvicorn sends pings by itself
_BROKEN = Why(1011, "Something went wrong on our side; it has been logged.")


class Feed(AsyncWebsocketConsumer):  # type: ignore[misc]
    """The life of one socket; what is watched is the subclass's matter."""

    subscription: Subscription | None = None
    _task: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        offered = handshake.SUBPROTOCOL in self.scope["subprotocols"]
        await self.accept(subprotocol=handshake.SUBPROTOCOL if offered else None)
        self._task = asyncio.create_task(self._run())

    async def disconnect(self, code: int) -> None:
        if self._task is not None:
            self._task.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if _is_ping(text_data):
            await self.base_send({"type": "websocket.send", "text": '{"type":"pong"}'})
        elif self.subscription is not None:
            self.subscription.close(UNREADABLE)
        elif self._task is not None:
            self._task.cancel()
            await self._close(UNREADABLE)

    async def watch(self) -> Why | None:
        """Why it is over. Raises Closed."""
        raise Closed(NOTHING_HERE)

    async def send_all(self, batch: list[Message]) -> None:
        for message in batch:
            if self.subscription is None or self.subscription.ended.is_set():
                return
            await self.base_send({"type": "websocket.send", "text": message.frame})

    async def _run(self) -> None:
        with suppress(OSError):  # the client has gone
            await self._close(await self._watched())

    async def _watched(self) -> Why | None:
        try:
            return await self.watch()
        except Closed as closed:
            return closed.why
        except OSError:
            raise
        except Exception:
            logger.exception("a feed failed")
            return _BROKEN

    async def _close(self, why: Why | None) -> None:
        if why is not None:
            await self.close(why.code, why.reason)


class ExecutionFeed(Feed):
    """`?after_seq=`: one execution, from the event after that one to its end."""

    async def watch(self) -> Why | None:
        given = handshake.parameters(self.scope, "after_seq")
        who, seq = handshake.credential(self.scope), handshake.asked_seq(given)
        execution_id = self.scope["url_route"]["kwargs"]["execution_id"]
        check = partial(who.for_execution, execution_id)
        may = await ask(check)
        self.subscription = Subscription(
            Topic("execution", execution_id), org_id=may.org_id, seq=seq, private=may.private
        )
        batches = following.execution(self.subscription, idle_s=_IDLE_S)
        return await deliver(self.subscription, batches, send=self.send_all, check=check)


class OrganizationFeed(Feed):
    """`?org_id=&after=`: the states of all executions of an organization, as they change."""

    async def watch(self) -> Why | None:
        given = handshake.parameters(self.scope, "org_id", "after")
        who, since = handshake.credential(self.scope), handshake.asked_time(given)
        check = partial(who.for_organization, given.get("org_id"))
        may = await ask(check)
        self.subscription = Subscription(Topic("organization", may.org_id), org_id=may.org_id)
        batches = following.organization(self.subscription, since=since, idle_s=_IDLE_S)
        return await deliver(self.subscription, batches, send=self.send_all, check=check)


def _is_ping(text: str | None) -> bool:
    if text is None or len(text) > _MOST_INBOUND:
        return False
    with suppress(ValueError, RecursionError):
        said: Any = json.loads(text)
        return isinstance(said, dict) and said.get("type") == "ping"
    return False
