"""The client against real servers on loopback: answers, bounds, and one text for every failure."""

import asyncio
import gc
import gzip
import json
import socket
import time
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from agents import AgentContext, BaseAgent, InvalidInput, PermanentError, TransientError
from agents.host import _context as host_context
from agents.outbound import Client, Policy, Response, client
from agents.outcome import run_agent
from agents.testing import RecordingContext
from tests.agents.loopback_server import LOOPBACK, Server, reply, serving

_SLOW_S = 0.3


def _lookup(*answers: str) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """A DNS that knows one answer for all names; none: the name does not exist."""

    async def look(_host: str, _port: int) -> Sequence[str]:
        if not answers:
            raise OSError("Name or service not known")
        return answers

    return look


def _ask(*answers: Any, method: str = "GET", path: str = "/", **given: Any) -> Response:
    """One request to a server that gives these answers."""
    return _asked(*answers, method=method, path=path, **given)[0]


def _asked(
    *answers: Any, method: str = "GET", path: str = "/", policy: Policy = LOOPBACK, **given: Any
) -> tuple[Response, Server]:
    async def ask() -> tuple[Response, Server]:
        async with serving(*answers) as server:
            return await Client(policy).request(method, server.url + path, **given), server

    return asyncio.run(ask())


# answers


@pytest.mark.parametrize("status", [200, 204, 404, 500])
def test_any_status_is_an_answer(status: int) -> None:
    answer = _ask(reply(status, b"" if status == 204 else b"said", X_Mine="yes"))

    assert answer.status == status
    assert answer.headers["x-mine"] == "yes"
    assert answer.text() == ("" if status == 204 else "said")


def test_json_goes_out_and_comes_back() -> None:
    answer, server = _asked(reply(body=b'{"a": [1, 2.5, null]}'), method="post", json={"q": "ü"})

    head, _, body = server.requests[0].partition("\r\n\r\n")
    assert head.startswith("POST / HTTP/1.1")
    assert "content-type: application/json" in head.lower()
    assert json.loads(body) == {"q": "ü"}
    assert answer.json() == {"a": [1, 2.5, None]}


def test_a_body_and_headers_go_out_as_given() -> None:
    _, server = _asked(method="PUT", body="text", headers={"Authorization": "Bearer x"})

    head, _, body = server.requests[0].partition("\r\n\r\n")
    assert "authorization: bearer x" in head.lower()
    assert "content-type" not in head.lower()
    assert "python" not in head.lower()
    assert body == "text"


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("", "/"),
        (
            "/a%2Fb/../c?x=%2F%3A%7E&y=a+b%20c&sig=%41%3d",
            "/a%2Fb/../c?x=%2F%3A%7E&y=a+b%20c&sig=%41%3d",
        ),
        ("/a?b#fragment", "/a?b"),
        ("/ü?q={x}", "/%C3%BC?q=%7Bx%7D"),
    ],
)
def test_path_and_query_go_out_as_written(path: str, sent: str) -> None:
    _, server = _asked(path=path)
    assert server.requests[0].split()[1] == sent


def test_what_cannot_be_json_is_not_sent() -> None:
    with pytest.raises(InvalidInput, match=r"\$\.a"):
        _ask(json={"a": float("nan")})


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain", "ü".encode(), "ü"),
        ("text/plain; charset=ISO-8859-1", b"\xfc", "ü"),
        ('text/plain; charset="windows-1252"', b"\x80", "€"),
        ("text/plain; charset=utf-8", b"\xff", "\ufffd"),
        ("text/plain; charset=punycode", "ü".encode(), "ü"),
        ("text/plain; charset=bz2_codec", b"x", "x"),
        ("text/plain; charset=no-such", b"x", "x"),
        (";;;=", b"x", "x"),
    ],
)
def test_text_is_decoded_as_the_server_says_if_that_is_a_charset(
    content_type: str, body: bytes, text: str
) -> None:
    assert _ask(reply(body=body, Content_Type=content_type)).text() == text


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"NaN", b"[Infinity]", b"[-Infinity]", b"1e999", b"\xff", b"1" * 5000],
)
def test_what_is_not_strict_json_is_refused(body: bytes) -> None:
    with pytest.raises(PermanentError, match="is not JSON") as refused:
        _ask(reply(body=body)).json()
    assert "html" not in str(refused.value)


@pytest.mark.parametrize("opened", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [4, 300, 200_000])
def test_json_nested_too_deep_is_not_handed_on(opened: str, depth: int) -> None:
    closed = "]" if opened == "[" else "}"
    body = (opened * depth + "1" + closed * depth).encode()

    with pytest.raises(PermanentError, match="deeper than 3 levels"):
        _ask(reply(body=body), policy=replace(LOOPBACK, max_depth=3)).json()


def test_json_at_the_limit_is_handed_on() -> None:
    assert _ask(reply(body=b"[[[1]]]"), policy=replace(LOOPBACK, max_depth=3)).json() == [[[1]]]
    assert _ask(reply(body=b"1"), policy=replace(LOOPBACK, max_depth=1)).json() == 1


# bounds


def test_a_body_longer_than_allowed_is_not_read_on() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    with pytest.raises(PermanentError, match="longer than 100,000 bytes"):
        _ask(endless, max_bytes=100_000)
    with pytest.raises(PermanentError, match="longer than 3 bytes"):
        _ask(reply(body=b"1234"), policy=replace(LOOPBACK, max_bytes=3))
    assert _ask(reply(body=b"1234"), max_bytes=4).body == b"1234"


def test_gzip_is_unpacked_also_in_several_members() -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"") + gzip.compress(b"two")
    answer, server = _asked(reply(body=packed, Content_Encoding="gzip"))

    assert answer.body == b"one two"
    assert "accept-encoding: gzip" in server.requests[0].lower()


def test_a_gzip_bomb_is_not_unpacked_beyond_the_bound() -> None:
    bomb = _bomb(2**28)
    assert len(bomb) < 2**19
    tracemalloc.start()
    try:
        with pytest.raises(PermanentError, match="longer than 2,000,000 bytes"):
            _ask(reply(body=bomb, Content_Encoding="gzip"), max_bytes=2_000_000)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    megabyte = bytes(2**20)
    return b"".join(packer.compress(megabyte) for _ in range(size // 2**20)) + packer.flush()


def test_a_bomb_inside_a_bomb_stays_packed() -> None:
    inner = gzip.compress(bytes(10_000_000))
    answer = _ask(reply(body=gzip.compress(inner), Content_Encoding="gzip"))
    assert answer.body == inner


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "x-own"])
def test_a_packing_that_was_not_offered_is_refused(encoding: str) -> None:
    with pytest.raises(PermanentError, match="not offered"):
        _ask(reply(body=b"x", Content_Encoding=encoding))


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"x" * 999)[:-9]])
def test_broken_gzip_is_refused(body: bytes) -> None:
    with pytest.raises(PermanentError, match="cannot be unpacked"):
        _ask(reply(body=body, Content_Encoding="gzip"))


def test_the_answer_to_head_has_no_body_whatever_its_headers_say() -> None:
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\nContent-Encoding: gzip\r\n\r\n"
    assert _ask(said, method="HEAD").body == b""


# failures


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
        _failure("http://name.test/", policy=strict, lookup=_lookup()),
        _failure("http://name.test/", policy=strict, lookup=_lookup("10.0.0.1")),
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


# connections


def test_requests_of_one_organization_share_a_connection_and_no_cookies() -> None:
    async def two() -> Server:
        async with serving(reply(Set_Cookie="who=first; Path=/")) as server:
            for owner in ("org-1", "org-1", "org-2"):
                await Client(LOOPBACK, owner=owner).request("GET", server.url)
            return server

    server = asyncio.run(two())

    assert (len(server.requests), server.connections) == (3, 2)
    assert not any("cookie" in request.lower() for request in server.requests)


def test_only_so_many_idle_sessions_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "KEPT_SESSIONS", 1)

    async def in_turn() -> int:
        async with serving() as server:
            for owner in ("org-1", "org-2", "org-1"):
                await Client(LOOPBACK, owner=owner).request("GET", server.url)
            return server.connections

    assert asyncio.run(in_turn()) == 3


def test_connections_are_closed_with_their_loop(recwarn: pytest.WarningsRecorder) -> None:
    _ask(reply())
    gc.collect()
    assert not [found for found in recwarn if "nclosed" in str(found.message)]


def test_nothing_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert _ask(reply()).status == 200


def test_many_requests_wait_at_once() -> None:
    everybody = asyncio.Event()

    async def together(writer: asyncio.StreamWriter) -> None:
        await everybody.wait()
        writer.write(reply(body=b"ok"))

    async def three_hundred() -> list[Response]:
        async with serving(together) as server:
            asking = [Client(LOOPBACK).request("GET", server.url) for _ in range(300)]
            waiting = asyncio.gather(*asking)
            async with asyncio.timeout(30):
                while len(server.requests) < 300:
                    await asyncio.sleep(0.01)
            everybody.set()
            return await waiting

    assert {answer.body for answer in asyncio.run(three_hundred())} == {b"ok"}


# in an agent


class Fetcher(BaseAgent):
    """Asks for `url` of its input."""

    async def execute(self, input_data: Any) -> Any:
        answer = await self.context.http.request("GET", input_data["url"])
        return {"status": answer.status, "said": answer.text()}


def _run(context: AgentContext, *answers: bytes) -> Any:
    async def run() -> Any:
        async with serving(*answers) as server:
            body = json.dumps({"url": server.url}).encode()
            return await run_agent(Fetcher, context, config={}, input_json=body)

    return asyncio.run(run())


def test_an_agent_asks_by_its_context() -> None:
    outcome = _run(AgentContext(outbound=LOOPBACK), reply(body=b"hello"))
    assert json.loads(outcome.output) == {"status": 200, "said": "hello"}


def test_an_agents_refused_request_fails_its_run_for_good() -> None:
    outcome = _run(AgentContext(), reply())

    assert (outcome.status, outcome.code, outcome.retryable) == (
        "failed",
        "outbound_refused",
        False,
    )
    assert "127.0.0.1 is not public" in outcome.error
    assert "OUTBOUND_ALLOW" in outcome.error


def test_in_tests_of_agents_loopback_may_be_reached() -> None:
    assert _run(RecordingContext(), reply()).status == "completed"


def test_the_host_gives_an_agent_the_policy_of_its_frame() -> None:
    header = {"id": "1", "org_id": "o", "module_id": "m", "attempt": 1, "timeout_s": 1}
    frame = {**header, "secrets": {}, "outbound": json.loads(json.dumps(LOOPBACK.to_header()))}

    assert host_context(frame, lambda *_: None).outbound == LOOPBACK
    assert host_context({**header, "secrets": {}}, lambda *_: None).outbound == Policy()
