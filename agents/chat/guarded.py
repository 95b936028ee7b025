"""The guarded way to a module's own model server: httpx2's requests, sent by an aiohttp session
whose connector is `agents.outbound`'s.

The platform's own server is the operator's choice and takes openai's own transport. Raises what
aiohttp raises, and OutboundRefused. Made by `agents.chat.clients`.
"""

from collections.abc import AsyncIterator

import aiohttp
import httpx2

from agents.outbound.guard import connector
from agents.outbound.policy import Policy

_CHUNK = 16 * 1024


class GuardedTransport(httpx2.AsyncBaseTransport):
    """One session, opened with the first request. No cookies, no proxy, no redirects."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._tls = httpx2.create_ssl_context(trust_env=False)
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=connector(self._policy, tls=self._tls),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        answer = await self._session.request(
            request.method,
            str(request.url),
            headers=request.headers,
            data=await request.aread() or None,
            allow_redirects=False,
            timeout=_timeout(request),
        )
        return httpx2.Response(
            answer.status, headers=answer.raw_headers, stream=_Stream(answer), request=request
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.content.iter_chunked(_CHUNK):
            yield chunk

    async def aclose(self) -> None:
        """One that was not read to its end closes its connection."""
        self._answer.release()


def _timeout(request: httpx2.Request) -> aiohttp.ClientTimeout:
    """connect and read as the caller asked; the whole is the caller's own deadline."""
    given = request.extensions.get("timeout", {})
    return aiohttp.ClientTimeout(
        total=None, sock_connect=given.get("connect"), sock_read=given.get("read")
    )
