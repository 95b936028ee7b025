"""ASGI in front, the WSGI application in threads behind: HTTP for `asgi.py`.

A request's body is read on the event loop, so that a caller who sends slowly holds no thread; its
thread then only computes and waits. Kept to what the product needs, because it stands in the way of
every call: the general library for this costs three times as much.
"""

import asyncio
import io
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

from executions.feeds.stream import Stream
from executions.later import HERE, Later, Pending
from platform_agents import request_ids

logger = logging.getLogger(__name__)

_READ_ON = 4
"""Times the limit: so much of a body that is too large is read and dropped, for the answer to reach
a client that is still sending."""
_TOO_SLOW = b'{"detail":"The body did not arrive in time.","code":"request_timeout"}'
_BROKEN = b'{"detail":"Something went wrong on our side.","code":"internal_error"}'


class Gone(Exception):
    """The client left before its request was complete."""


class Bridge:
    """`app` is called in one of `threads` threads. Bodies of more than max_body_bytes reach it
    empty, with their true length; body_s: seconds that a body may take to arrive."""

    def __init__(
        self, app: Callable[..., Iterable[bytes]], *, threads: int, max_body_bytes: int,
        body_s: float,
    ) -> None:  # fmt: skip
        self.app = app
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self.max_body_bytes = max_body_bytes
        self.body_s = body_s

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request_id = request_ids.begin(_header(scope, b"x-request-id"))
        try:
            async with asyncio.timeout(self.body_s):
                body, length = await self._body(receive)
        except Gone:
            return
        except TimeoutError:
            await _send_whole(send, 408, _TOO_SLOW, request_id)
            return
        answer = _Answer(asyncio.get_running_loop(), send)
        asked = [_environ(scope, body, length, request_id)]
        del body  # who waits keeps nothing of what was asked
        try:
            rest = await self._answered(answer, asked.pop())
            if answer.stream is not None:
                await _until_either_ends(answer.send_stream(answer.stream), _gone(receive))
        except Exception:
            logger.exception("the application failed")
            if not answer.started:
                await _send_whole(send, 500, _BROKEN, request_id)
            return
        await answer.finish(rest)

    async def _answered(self, answer: "_Answer", environ: dict[str, Any]) -> bytes:
        """What is left to send. An answer that comes later is waited for here, without a thread."""
        loop = asyncio.get_running_loop()
        rest = await loop.run_in_executor(self.pool, answer.of, self.app, environ)
        del environ  # who waits needs no request any more
        if (later := answer.later) is None:
            return rest
        try:
            await later.wait()
            if later.needs_thread:
                final = partial(copy_context().run, later.final)
                return answer.replaced(await loop.run_in_executor(self.pool, final))
            return answer.replaced(later.final())
        finally:
            later.let_go()

    async def _body(self, receive: Any) -> tuple[bytes, int]:
        """The body and its length; empty when it is too long."""
        parts: list[bytes] = []
        length = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            part = message.get("body", b"")
            length += len(part)
            if length <= self.max_body_bytes:
                parts.append(part)
            if not message.get("more_body") or length > _READ_ON * self.max_body_bytes:
                break
        return (b"".join(parts) if length <= self.max_body_bytes else b""), length


class _Answer:
    """What the application answers. Short answers are sent whole from the loop; an application that
    yields its answer in parts is heard part by part, as fast as the client takes them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Any) -> None:
        self.loop = loop
        self.send = send
        self.started = False
        self.later: Pending | None = None
        self.stream: Stream | None = None
        self._start: dict[str, Any] = {}

    def of(self, app: Callable[..., Iterable[bytes]], environ: dict[str, Any]) -> bytes:
        """In a thread: what is left to send when the application has finished."""
        parts = app(environ, self._start_response)
        try:
            if isinstance(parts, Later):
                self.later = parts.pending
                return b""
            if isinstance(parts, Stream):
                self.stream = parts
                return b""
            if getattr(parts, "streaming", True) and not isinstance(parts, list):
                for part in parts:
                    self._send_now(part)
                return b""
            return b"".join(parts)
        finally:
            if close := getattr(parts, "close", None):
                close()

    def _start_response(self, status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        self._start = {
            "type": "http.response.start",
            "status": int(status[:3]),
            "headers": [_encoded(name, value) for name, value in headers],
        }

    def replaced(self, final: HttpResponse) -> bytes:
        """Take another answer's status, headers and body; what was set before besides stays."""
        new = [_encoded(name, value) for name, value in final.items()]
        own = {name for name, _ in new} | {b"content-length"}
        kept = [(name, value) for name, value in self._start["headers"] if name not in own]
        length = (b"content-length", str(len(final.content)).encode("latin-1"))
        self._start |= {"status": final.status_code, "headers": [*kept, *new, length]}
        return final.content

    async def send_stream(self, stream: Stream) -> None:
        length = b"content-length"  # Django's, of a body that is not there
        self._start["headers"] = [(n, v) for n, v in self._start["headers"] if n != length]
        await stream.send(self._part)

    def _send_now(self, part: bytes) -> None:
        asyncio.run_coroutine_threadsafe(self._part(part), self.loop).result()

    async def _part(self, part: bytes) -> None:
        if not self.started:
            self.started = True
            await self.send(self._start)
        await self.send({"type": "http.response.body", "body": part, "more_body": True})

    async def finish(self, rest: bytes) -> None:
        if not self.started:
            await self.send(self._start)
        await self.send({"type": "http.response.body", "body": rest})


def _header(scope: Any, name: bytes) -> str:
    """Its value; that of several is the value of none."""
    values = [value for key, value in scope["headers"] if key == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""


def _encoded(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode("latin-1"), value.encode("latin-1")


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_either_ends(sending: Awaitable[None], gone: Awaitable[None]) -> None:
    tasks = [asyncio.ensure_future(sending), asyncio.ensure_future(gone)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    if not tasks[0].cancelled():
        tasks[0].result()


async def _send_whole(send: Any, status: int, body: bytes, request_id: str) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"connection", b"close"),
        (b"cache-control", b"no-store"),
        (request_ids.HEADER.lower().encode(), request_id.encode()),
    ]
    start = {"type": "http.response.start", "status": HTTPStatus(status), "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})


def _environ(scope: Any, body: bytes, length: int, request_id: str) -> dict[str, Any]:
    host, port = scope.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        HERE: True,
    }
    _add_headers(environ, scope["headers"])
    environ[request_ids.ENVIRON] = request_id
    if length or "CONTENT_LENGTH" in environ:
        environ["CONTENT_LENGTH"] = str(length)
    return environ


def _add_headers(environ: dict[str, Any], headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Names with an underscore are dropped: WSGI writes X_API_Key and X-API-Key alike, and a header
    that a proxy in front does not know would stand in for one that it removes or sets."""
    for raw, value in headers:
        if b"_" in raw:
            continue
        name = raw.decode("latin-1").upper().replace("-", "_")
        if name == "TRANSFER_ENCODING":
            continue  # the body is here, whole
        key = name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
