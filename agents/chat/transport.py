"""One request to a model server: a borrowed client, a time limit, and our errors for its failures.

Called by `completion` and `embeddings`; never retries.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx2
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, Omit, OpenAIError, Timeout

from agents.chat.clients import borrowed_client
from agents.chat.endpoint import Endpoint
from agents.chat.failures import refused_status, shown, status_failure, unreachable, upstream_text
from agents.errors import PermanentError

CONNECT_TIMEOUT_S = 10.0


@asynccontextmanager
async def asked(endpoint: Endpoint, *, timeout_s: float) -> AsyncIterator[AsyncOpenAI]:
    """The timeout is for all that happens inside: a server that drips is cut off too."""
    try:
        async with asyncio.timeout(timeout_s), borrowed_client(endpoint) as client:
            yield client
    except APIStatusError as error:
        raise refused_status(error, endpoint) from None
    except (APIConnectionError, httpx2.HTTPError, aiohttp.ClientError, OSError):
        raise unreachable(endpoint) from None  # OSError: asyncio's TimeoutError is one
    except OpenAIError as error:
        raise PermanentError(f"The request failed: {shown(str(error), endpoint)}") from None


def request_options(endpoint: Endpoint, *, timeout_s: float) -> dict[str, Any]:
    """What openai's methods take besides the body: the key's header, Azure's version, the time."""
    return {
        "extra_headers": _signature(endpoint),
        "extra_query": {"api-version": endpoint.api_version} if endpoint.api_version else None,
        "timeout": Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s)),
    }


def _signature(endpoint: Endpoint) -> dict[str, Any] | None:
    if not endpoint.key:
        return {"Authorization": Omit()}
    if endpoint.provider == "azure":
        return {"Authorization": Omit(), "api-key": endpoint.key}
    return None  # the client's own: Authorization with the key


def raise_error_in(found: Any, endpoint: Endpoint, *, unless: str) -> None:
    """Some gateways report an upstream's error with status 200, and all do so inside a stream.
    `unless`: a field that says that the reply is one all the same."""
    error = found.get("error") if isinstance(found, dict) else None
    if not error or found.get(unless):
        return
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else 400
    raise status_failure(status, upstream_text(error, endpoint), endpoint, {}, found)
