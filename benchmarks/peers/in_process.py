"""The integration guide's own design: the agent is awaited inside the request; insert and update.

No promise outlives the process: a restart loses what runs, and pandas stops everybody else.
"""

import json
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import asyncpg
from fastapi import FastAPI, Response

from benchmarks.peers import api, rows, work


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    work.preload()
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        asyncpg.create_pool(os.environ["PEER_DSN"], **api.POOL) as app.state.pool,
        aiohttp.ClientSession(connector=connector) as app.state.http,
    ):
        yield


app = FastAPI(lifespan=_lifespan, docs_url=None, openapi_url=None)


@app.post("/execute")
async def execute(request: api.ExecutionRequest, key: api.Key) -> Response:
    execution_id = str(uuid.uuid4())
    text = json.dumps(request.input_data)
    await api.insert(app.state.pool, execution_id, key, request.module_id, text, "running")
    output, error = None, None
    try:
        output = await _run(request.module_id, request.input_data)
    except Exception as failure:  # noqa: BLE001 (the run's outcome, as the guide has it)
        error = str(failure)
    status = "failed" if error else "completed"
    await app.state.pool.execute(rows.FINISH_ASYNC, execution_id, status, json.dumps(output), error)
    answer = {"execution_id": execution_id, "status": status, "output": output, "error": error}
    return Response(json.dumps(answer), media_type="application/json")


async def _run(module: str, input_data: dict[str, Any]) -> Any:
    if module != "fetch":
        return work.WORK[module](input_data)
    async with app.state.http.get(input_data["url"]) as response:
        await response.read()
        return {"status": response.status}
