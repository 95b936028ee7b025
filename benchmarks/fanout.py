"""How soon subscribers hear what happens, and what they cost: a thousand WebSockets on one web
process, and the tokens of a model.

`python -m benchmarks.fanout` takes three minutes. The whole installation runs as shipped; its
clients share the machine with it, so their time is in the figures. A line's delay is from the start
of the statement that commits it (the database's clock, the same machine) to its receipt; a token's
from the moment the model server writes it, through the agent, the worker and the database.
"""

import asyncio
import json
import secrets
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from agents.testing.openai_replies import Reply
from agents.testing.openai_server import OpenAIServer
from agents.testing.openai_streams import stream
from benchmarks.databases import Tenant
from benchmarks.figures import percentile
from benchmarks.installation import ours
from benchmarks.machine import machine
from benchmarks.processes import allow_many_files
from benchmarks.systems import System

RESULTS = Path(__file__).parent / "results" / "fanout.json"
_SUBSCRIBERS = 1000
_CONNECTING_S, _AT_ONCE = 60, 50
_TOKENS, _TOKENS_EVERY_S = 200, 0.02
_MARK = b"MARK"


class _Tokens:
    """Events of a streamed answer; each token is the time when it is written."""

    def __iter__(self) -> Iterator[bytes]:
        token, *rest = stream(_MARK.decode()).events
        for _ in range(_TOKENS):
            yield token.replace(_MARK, f"{time.time():.6f} ".encode())
            time.sleep(_TOKENS_EVERY_S)
        yield from rest


async def _lines(system: System, *, subscribers: int, lines: int, every_s: float) -> dict[str, Any]:
    start_at = time.time() + (_CONNECTING_S if subscribers > 1 else 2)
    given = {"start_at": start_at, "lines": lines, "every_s": every_s}
    web = psutil.Process(system.processes[0].family()[0].pid)
    async with _session(system) as session:
        execution_id = await _submitted(session, system, "ticker", given)
        before = web.memory_full_info().uss
        opened = [one for batch in _batches(subscribers)
                  for one in await asyncio.gather(*(_opened(session, execution_id)
                                                    for _ in range(batch)))]  # fmt: skip
        after = web.memory_full_info().uss
        assert time.time() < start_at, "the subscribers came too late"
        delays = await asyncio.gather(*(_delays_of_lines(one) for one in opened))
    assert [len(heard) for heard in delays] == [lines] * subscribers, "somebody missed something"
    found = _figures([delay for heard in delays for delay in heard])
    if subscribers > 1:
        found["KB per subscriber"] = round((after - before) / subscribers / 1000, 1)
    return {"subscribers": subscribers, "lines/s": 1 / every_s, **found}


def _batches(subscribers: int) -> list[int]:
    whole, rest = divmod(subscribers, _AT_ONCE)
    return [_AT_ONCE] * whole + ([rest] if rest else [])


async def _tokens(system: System, openai: OpenAIServer) -> dict[str, Any]:
    events: Any = _Tokens()
    openai.script(Reply(headers=stream("").headers, events=events))
    async with _session(system) as session:
        execution_id = await _submitted(session, system, "nlp", {"text": "Count."})
        opened = await _opened(session, execution_id)
        delays = []
        async for message in opened:
            told, now = json.loads(message.data), time.time()
            if told["type"] == "event" and told["kind"] == "token":
                delays += [now - float(at) for at in told["message"].split()]
    assert len(delays) == _TOKENS, f"{len(delays)} tokens came"
    return {"tokens/s": 1 / _TOKENS_EVERY_S, **_figures(delays)}


def _session(system: System) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        f"http://127.0.0.1:{system.port}", headers={"X-API-Key": system.tenant.key},
        connector=aiohttp.TCPConnector(limit=0),
    )  # fmt: skip


async def _submitted(
    session: aiohttp.ClientSession, system: System, module: str, given: Any
) -> str:
    body = {"module_id": module, "org_id": system.tenant.org_id, "input_data": given}
    headers = {"Prefer": "respond-async"}
    async with session.post("/execute", json=body, headers=headers) as response:
        execution_id: str = (await response.json())["execution_id"]
        return execution_id


async def _opened(session: aiohttp.ClientSession, id_: str) -> aiohttp.ClientWebSocketResponse:
    """Once the first state came: from here on it is live."""
    opened = await session.ws_connect(f"/ws/executions/{id_}")
    await opened.receive()
    return opened


async def _delays_of_lines(opened: aiohttp.ClientWebSocketResponse) -> list[float]:
    delays = []
    async for message in opened:
        now, told = time.time(), json.loads(message.data)
        if told["type"] == "event":
            delays.append(now - datetime.fromisoformat(told["at"]).timestamp())
    return delays


def _figures(delays: list[float]) -> dict[str, float]:
    return {
        "p50 ms": round(percentile(delays, 50) * 1000, 1),
        "p99 ms": round(percentile(delays, 99) * 1000, 1),
        "longest ms": round(max(delays) * 1000, 1),
    }


def main() -> None:
    allow_many_files()
    agents = ("echo", "ticker", "nlp")
    tenant = Tenant(org_id=uuid.uuid4().hex, key=f"abw_{secrets.token_hex(32)}", agents=agents)
    with OpenAIServer() as openai:
        system = ours(tenant)
        system.env |= {"OPENAI_BASE_URL": openai.base_url, "OPENAI_API_KEY": "sk-bench",
                       "OPENAI_MODEL": "test-model"}  # fmt: skip
        with system.database.connect() as db:
            config = json.dumps({"stream": True})
            db.execute("UPDATE public.modules SET config = %s WHERE name = 'nlp'", [config])
        found: dict[str, Any] = {"machine": machine(system.database)}
        try:
            system.start()
            one = _lines(system, subscribers=1, lines=200, every_s=0.05)
            many = _lines(system, subscribers=_SUBSCRIBERS, lines=40, every_s=0.25)
            found["one subscriber"] = asyncio.run(one)
            found["a thousand subscribers"] = asyncio.run(many)
            found["tokens"] = asyncio.run(_tokens(system, openai))
        finally:
            system.end()
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
