"""One text for whatever goes wrong on the way to an answer."""

import asyncio
import socket
import time
from collections.abc import Sequence
from typing import Any

import pytest

from agents import TransientError
from agents.outbound import Client, Policy
from tests.agents.loopback_server import LOOPBACK, dns, reply, serving

_SLOW_S = 0.3


async def _silence(_writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b".")
        await asyncio.sleep(0.02)


async def _drip_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b".")
        await asyncio.sleep(0.02)


FAILURES: dict[str, Any] = {
    "silence": _silence,
    "hung up": _hang_up,
    "slow body": _drip,
    "slow headers": _drip_headers,
    "no HTTP": b"SSH-2.0-OpenSSH_9.7\r\n",
    "huge header": reply(X="x" * 100_000),
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    "broken off": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "bad chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
}


def _failure(url: str, **given: Any) -> str:
    """The text of a network failure, without the server's name."""

    async def ask() -> None:
        policy = given.pop("policy", LOOPBACK)
        answering = Client(policy, lookup=given.pop("lookup", None))
        await answering.request("GET", url, **given)

    with pytest.raises(TransientError) as failed:
        asyncio.run(ask())
    assert type(failed.value) is TransientError
    return str(failed.value).replace(url.split("/")[2], "SERVER")


ONE_TEXT = (
    "The server SERVER gave no complete answer in time: it could not be reached, broke off, or was "
    "too slow."
)


@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES)
def test_every_failure_of_a_server_has_the_same_text(answer: Any) -> None:
    async def ask() -> str:
        async with serving(answer) as server:
            with pytest.raises(TransientError) as failed:
                await Client(LOOPBACK).request("GET", server.url, timeout_s=_SLOW_S)
            return str(failed.value).replace(server.url.removeprefix("http://"), "SERVER")

    began = time.monotonic()
    assert asyncio.run(ask()) == ONE_TEXT
    assert time.monotonic() - began < 5


def test_every_failure_before_a_server_has_the_same_text() -> None:
    closed, strict = _closed_port(), Policy()
    assert {
        _failure(f"http://127.0.0.1:{closed}/"),
        _failure(f"https://127.0.0.1:{closed}/"),
        _failure("http://name.test/", policy=strict, lookup=dns()[0]),
        _failure("http://name.test/", policy=strict, lookup=dns(["10.0.0.1"])[0]),
        _failure("http://localhost/", policy=strict),
    } == {ONE_TEXT}


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_a_name_server_that_never_answers_does_not_outlast_the_deadline() -> None:
    async def never(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        raise AssertionError

    assert _failure("http://name.test/", lookup=never, timeout_s=_SLOW_S) == ONE_TEXT


def test_a_cancelled_request_is_cancelled_and_no_failure() -> None:
    async def ask() -> None:
        async with serving(_silence) as server:
            waiting = asyncio.create_task(Client(LOOPBACK).request("GET", server.url))
            while not server.requests:
                await asyncio.sleep(0)
            waiting.cancel()
            await waiting

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(ask())
