"""A server on 127.0.0.1 that answers each request with bytes as they are, so that a test can say
exactly what goes over the wire, however wrong it is."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from agents.outbound import Client, Policy, Response
from agents.outbound.guard import Lookup

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]
LOOPBACK = Policy(allow=("127.0.0.0/8", "::1"), timeout_s=10)


@dataclass
class Server:
    port: int = 0
    requests: list[str] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def serving(*answers: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """The answers in turn; the last one again and again."""
    found, writers = Server(), set[asyncio.StreamWriter]()
    waiting = list(answers or [reply()])

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.connections += 1
        writers.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                found.requests.append(await _request(reader))
                answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
                if isinstance(answer, bytes):
                    writer.write(answer)
                    await writer.drain()
                else:
                    await answer(writer)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls, backlog=1024)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()


async def _request(reader: asyncio.StreamReader) -> str:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return (head + await reader.readexactly(length)).decode()


def reply(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """Headers with `_` for `-`."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def to(location: str, status: int = 302) -> bytes:
    """A redirect."""
    return reply(status, Location=location)


def dns(*answers: Sequence[str]) -> tuple[Lookup, list[str]]:
    """A name server: its answers in turn, the last one again and again (without any, no name
    exists); and who was asked for."""
    left, asked = list(answers), list[str]()

    async def look(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        if not left:
            raise OSError("Name or service not known")
        return left.pop(0) if len(left) > 1 else left[0]

    return look, asked


def ask(*answers: Any, method: str = "GET", path: str = "/", **given: Any) -> Response:
    """One request to a server that gives these answers."""
    return asked(*answers, method=method, path=path, **given)[0]


def asked(
    *answers: Any, method: str = "GET", path: str = "/", policy: Policy = LOOPBACK, **given: Any
) -> tuple[Response, Server]:
    async def one() -> tuple[Response, Server]:
        async with serving(*answers) as server:
            return await Client(policy).request(method, server.url + path, **given), server

    return asyncio.run(one())
