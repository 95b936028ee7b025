"""OpenAI clients, kept per event loop, so that executions in one host share connections.

A client is borrowed by (owner, base_url, key): cookies and connections never cross from one
organization's key or server to another's. It runs on aiohttp, which costs a tenth of httpx's CPU
with hundreds of calls waiting. Called by `agents.chat.completion`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from openai import AsyncOpenAI, DefaultAioHttpClient

from agents.chat.endpoint import Endpoint
from agents.chat.limits import limit_reply

KEPT_CLIENTS = 64
_Key = tuple[str, str, str]


@dataclass
class _Shared:
    client: AsyncOpenAI
    borrowers: int = 0


@dataclass
class _Kept:
    """One event loop's clients, least recently used first; `closer` ends them with the loop."""

    clients: dict[_Key, _Shared]
    closer: AsyncGenerator[None, None]


_kept: WeakKeyDictionary[asyncio.AbstractEventLoop, _Kept] = WeakKeyDictionary()


@asynccontextmanager
async def borrowed_client(endpoint: Endpoint) -> AsyncIterator[AsyncOpenAI]:
    """The endpoint's client, made when it is new; not closed while it is borrowed."""
    clients = await _clients_of_this_loop()
    key = (endpoint.owner, endpoint.base_url, endpoint.key)
    shared = clients.pop(key, None) or _Shared(_new_client(endpoint))
    clients[key] = shared
    shared.borrowers += 1
    try:
        yield shared.client
    finally:
        shared.borrowers -= 1
        await _close_oldest(clients)


async def _clients_of_this_loop() -> dict[_Key, _Shared]:
    loop = asyncio.get_running_loop()
    if loop not in _kept:
        clients: dict[_Key, _Shared] = {}
        _kept[loop] = _Kept(clients, _closer(clients))
        await anext(_kept[loop].closer)
    return _kept[loop].clients


async def _closer(clients: dict[_Key, _Shared]) -> AsyncGenerator[None, None]:
    """asyncio.run closes the generators that are still open before it closes the loop."""
    try:
        yield
    finally:
        while clients:
            await clients.popitem()[1].client.close()


async def _close_oldest(clients: dict[_Key, _Shared]) -> None:
    for key in [key for key, shared in clients.items() if not shared.borrowers]:
        if len(clients) <= KEPT_CLIENTS:
            return
        await clients.pop(key).client.close()


def _new_client(endpoint: Endpoint) -> AsyncOpenAI:
    """No retries (the runner's), no redirects (they could carry the key elsewhere), nothing taken
    from the environment, no compression (a small reply could otherwise unpack to gigabytes)."""
    client = AsyncOpenAI(
        api_key=endpoint.key or "none",  # without a key, `completion` omits the header
        base_url=endpoint.base_url,
        max_retries=0,
        default_headers={"Accept-Encoding": "identity"},
        http_client=DefaultAioHttpClient(
            trust_env=False, follow_redirects=False, event_hooks={"response": [limit_reply]}
        ),
    )
    client.organization = client.project = None  # or OPENAI_ORG_ID would go to any server
    return client
