"""FastAPI in front of Celery: the row, the task, and the answer when the worker publishes it.

One Redis subscription for the process, one future for each call that waits. The task is sent from
the event loop itself: a local Redis takes it in well under a millisecond, a thread would cost more.
"""

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated

import asyncpg
import redis.asyncio
from fastapi import FastAPI, Header, Response

from benchmarks.peers import api
from benchmarks.peers.tasks import CHANNEL, REDIS_URL, run

_ID_LENGTH = 36
_waiting: dict[str, asyncio.Future[bytes]] = {}


async def _listen(subscription: redis.asyncio.client.PubSub) -> None:
    async for message in subscription.listen():
        if message["type"] == "message":
            data: bytes = message["data"]
            future = _waiting.get(data[:_ID_LENGTH].decode())
            if future is not None and not future.done():
                future.set_result(data[_ID_LENGTH:])


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    subscription = redis.asyncio.Redis.from_url(REDIS_URL).pubsub()
    await subscription.subscribe(CHANNEL)
    listener = asyncio.create_task(_listen(subscription))
    async with asyncpg.create_pool(os.environ["PEER_DSN"], **api.POOL) as app.state.pool:
        yield
    listener.cancel()
    with suppress(asyncio.CancelledError):
        await listener


app = FastAPI(lifespan=_lifespan, docs_url=None, openapi_url=None)


@app.post("/execute")
async def execute(
    request: api.ExecutionRequest, key: api.Key, prefer: Annotated[str, Header()] = ""
) -> Response:
    execution_id = str(uuid.uuid4())
    text = json.dumps(request.input_data)
    answered = _waiting[execution_id] = asyncio.get_running_loop().create_future()
    try:
        await api.insert(app.state.pool, execution_id, key, request.module_id, text, "pending")
        run.apply_async((execution_id, request.module_id), task_id=execution_id)
        if prefer == "respond-async":
            return _accepted(execution_id)
        return Response(await answered, media_type="application/json")
    finally:
        del _waiting[execution_id]


def _accepted(execution_id: str) -> Response:
    answer = {"execution_id": execution_id, "status": "pending", "output": None, "error": None}
    return Response(json.dumps(answer), status_code=202, media_type="application/json")
