"""The connector that connects only to addresses a policy permits: the last word before a socket.

Every name is looked up once, every answer is checked, and the connection goes to the checked
address, so an answer that changes later changes nothing. TLS is verified for the name of the URL.
Whoever uses aiohttp (`client`, the OpenAI client of `agents.chat`) gets this connector.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from agents.errors import OutboundRefused
from agents.outbound import urls
from agents.outbound.policy import Policy

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) -> IP addresses as text. Raises OSError."""

_CONNECTIONS = 1000
_LOOKUPS_AT_ONCE = 4
_THREADS = ThreadPoolExecutor(32, thread_name_prefix="dns")  # not the one that agents' code runs in


def connector(
    policy: Policy, *, lookup: Lookup | None = None, tls: ssl.SSLContext | None = None
) -> aiohttp.BaseConnector:
    """For one organization's session: connections are kept and reused. Raises OutboundRefused from
    a request whose URL breaks a rule; a name that leads to a refused address is an
    aiohttp.ClientConnectorError like any name that does not resolve. lookup and tls: for tests,
    and for certificates of one's own."""
    return _GuardedConnector(policy, lookup=lookup or system_lookup, tls=tls)


async def system_lookup(host: str, port: int) -> Sequence[str]:
    """As the machine's resolver says, in a thread."""
    ask = partial(
        socket.getaddrinfo, host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    )
    found = await asyncio.get_running_loop().run_in_executor(_THREADS, ask)
    return [str(address[0]) for *_, address in found]


class _GuardedConnector(aiohttp.TCPConnector):
    def __init__(self, policy: Policy, *, lookup: Lookup, tls: ssl.SSLContext | None) -> None:
        super().__init__(
            resolver=_GuardedResolver(policy, lookup),
            ssl=tls or True,
            limit=_CONNECTIONS,
        )
        self._outbound = policy

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Any], timeout: aiohttp.ClientTimeout
    ) -> Any:
        """aiohttp asks no resolver about IP addresses, so they are checked here."""
        if req.proxy is not None:
            raise OutboundRefused("Requests of agents do not go through a proxy.")
        urls.check(req.url, self._outbound)
        return await super().connect(req, traces, timeout)


class _GuardedResolver(AbstractResolver):
    """All answers must be permitted: one that is not may be the next to be connected to."""

    def __init__(self, policy: Policy, lookup: Lookup) -> None:
        self._policy, self._lookup = policy, lookup
        # A name server that never answers must not hold all threads for one organization.
        self._turn = asyncio.Semaphore(_LOOKUPS_AT_ONCE)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        async with self._turn:
            found = await self._lookup(host, port)
        if not (found and self._permitted(host, port, found)):
            raise OSError("no address that may be reached")
        return [_result(host, address, port) for address in found]

    def _permitted(self, host: str, port: int, found: Sequence[str]) -> bool:
        if self._policy.names(host, port):
            return True
        return all(self._policy.permits(ip_address(address), port) for address in found)

    async def close(self) -> None:
        """Nothing is open."""


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
    )
