"""`Client`: one request to another server and its answer, guarded and bounded.

What an agent gets as `self.context.http`. It holds nothing open itself: connections are kept for
each event loop and organization, and shared by the runs of that organization in one host. There is
no cookie jar, no proxy, nothing from the environment.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp

from agents.errors import OutboundRefused, TransientError
from agents.kept import Kept
from agents.outbound import guard
from agents.outbound.body import read
from agents.outbound.outgoing import Outgoing, outgoing
from agents.outbound.policy import Policy
from agents.outbound.redirects import redirected
from agents.outbound.response import Response

KEPT_SESSIONS = 64
MOST_REDIRECTS = 3


@dataclass(frozen=True)
class Client:
    """owner: the organization; connections never cross from one to another. lookup and tls: for
    tests, and for certificates of one's own."""

    policy: Policy
    owner: str = ""
    lookup: guard.Lookup | None = None
    tls: ssl.SSLContext | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        body: bytes | str | None = None,
        timeout_s: float | None = None,
        max_bytes: int | None = None,
        follow: int = 0,
    ) -> Response:
        """Any status is an answer, also a redirect that is not followed (follow: how many are, at
        most 3). timeout_s is for all of it.

        Raises OutboundRefused for a URL that breaks a rule, PermanentError for an answer that is
        too long or packed otherwise, and TransientError, always with the same words, for whatever
        else goes wrong on the way: they must not tell a closed port from a private address.
        """
        if not 0 <= follow <= MOST_REDIRECTS:
            raise OutboundRefused(f"At most {MOST_REDIRECTS} redirects can be followed.")
        first = outgoing(method, url, self.policy, headers=headers, json=json, body=body)
        most = self.policy.max_bytes if max_bytes is None else max_bytes
        limit_s = self.policy.timeout_s if timeout_s is None else timeout_s
        try:
            async with asyncio.timeout(limit_s):
                return await self._following(first, follow, most)
        except (aiohttp.ClientError, OSError):  # a timeout is an OSError
            raise _unreachable(first) from None

    async def _following(self, request: Outgoing, follow: int, most: int) -> Response:
        for _ in range(follow):
            answer = await self._answer(request, most)
            following = redirected(request, answer)
            if following is None:
                return answer
            request = following
        return await self._answer(request, most)

    async def _answer(self, request: Outgoing, most: int) -> Response:
        key = (self.owner, request.policy, self.lookup, self.tls)
        make = partial(self._session, request.policy)
        async with (
            _sessions.borrowed(key, make, most=KEPT_SESSIONS) as session,
            session.request(
                request.method,
                request.url,
                headers=request.headers,
                data=request.body,
                allow_redirects=False,
            ) as answer,
        ):
            return Response(
                status=answer.status,
                headers=answer.headers,
                body=await read(answer, most=most),
                max_depth=self.policy.max_depth,
            )

    def _session(self, policy: Policy) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=guard.connector(policy, lookup=self.lookup, tls=self.tls),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # `body` unpacks, up to the bound
            skip_auto_headers=("Content-Type",),
            timeout=aiohttp.ClientTimeout(total=None),
            trust_env=False,
        )


_Key = tuple[str, Policy, guard.Lookup | None, ssl.SSLContext | None]
_sessions: Kept[_Key, aiohttp.ClientSession] = Kept(aiohttp.ClientSession.close)


def _unreachable(request: Outgoing) -> TransientError:
    server = request.url.host_port_subcomponent
    return TransientError(
        f"The server {server} gave no complete answer in time: it could not be reached, broke off, "
        "or was too slow."
    )
