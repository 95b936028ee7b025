"""The HTTP contract of the integration guide, shared by the FastAPI peers."""

from typing import Annotated, Any

import asyncpg
from fastapi import Depends, Header, HTTPException
from pydantic import BaseModel

from benchmarks.peers import rows

POOL = {"min_size": 4, "max_size": 16}


class ExecutionRequest(BaseModel):
    module_id: str
    org_id: str
    task_id: str | None = None
    input_data: dict[str, Any]


def _api_key(x_api_key: Annotated[str, Header()]) -> str:
    if not x_api_key.startswith("abw_"):
        raise HTTPException(status_code=401, detail="Invalid API key")
    return x_api_key


Key = Annotated[str, Depends(_api_key)]


async def insert(
    pool: asyncpg.Pool, execution_id: str, key: str, module: str, text: str, status: str
) -> None:
    """The key, the module and the row in one statement. Raises 404 where one is unknown."""
    done = await pool.execute(rows.INSERT, execution_id, key, module, text, status)
    if done != "INSERT 0 1":
        raise HTTPException(status_code=404, detail="No such key or module")
