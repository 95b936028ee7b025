"""One kept-alive HTTP/1.1 connection with next to no cost per call, for the load generator.

Answers must carry Content-Length, as those of all the systems do. Loopback only.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self.host, self.port)

    def close(self) -> None:
        self._writer.close()

    async def call(self, request: bytes) -> Answer:
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
        body = await self._reader.readexactly(int(headers["content-length"]))
        return Answer(status=int(first.split(" ", 2)[1]), headers=headers, body=body)


def request(method: str, path: str, *, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of a request, made once and sent again and again."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body
