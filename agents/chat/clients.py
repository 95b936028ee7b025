"""OpenAI clients, kept per event loop, so that executions in one host share connections.

A client is borrowed by (owner, base_url, key, outbound): cookies and connections never cross from
one organization's key or server to another's. It runs on aiohttp, which costs a tenth of httpx's
CPU with hundreds of calls waiting. Called by `agents.chat.completion`.
"""

from contextlib import AbstractAsyncContextManager
from functools import partial

from openai import AsyncOpenAI, DefaultAioHttpClient

from agents.chat.endpoint import Endpoint
from agents.chat.guarded import GuardedTransport
from agents.chat.limits import limit_reply
from agents.kept import Kept
from agents.outbound.policy import Policy

KEPT_CLIENTS = 64
_Key = tuple[str, str, str, Policy | None]

_kept: Kept[_Key, AsyncOpenAI] = Kept(AsyncOpenAI.close)


def borrowed_client(endpoint: Endpoint) -> AbstractAsyncContextManager[AsyncOpenAI]:
    """The endpoint's client, made when it is new; not closed while it is borrowed."""
    key = (endpoint.owner, endpoint.base_url, endpoint.key, endpoint.outbound)
    return _kept.borrowed(key, partial(_new_client, endpoint), most=KEPT_CLIENTS)


def _new_client(endpoint: Endpoint) -> AsyncOpenAI:
    """No retries (the runner's), no redirects (they could carry the key elsewhere), nothing taken
    from the environment, no compression (a small reply could otherwise unpack to gigabytes)."""
    client = AsyncOpenAI(
        api_key=endpoint.key or "none",  # without a key, `completion` omits the header
        base_url=endpoint.base_url,
        max_retries=0,
        default_headers={"Accept-Encoding": "identity"},
        http_client=DefaultAioHttpClient(
            trust_env=False,
            follow_redirects=False,
            event_hooks={"response": [limit_reply]},
            transport=GuardedTransport(endpoint.outbound) if endpoint.outbound else None,
        ),
    )
    client.organization = client.project = None  # or OPENAI_ORG_ID would go to any server
    return client
