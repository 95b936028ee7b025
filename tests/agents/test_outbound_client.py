"""The client against real servers: what goes out, what comes back, in an agent as well."""

import asyncio
import gc
import json
from typing import Any

import pytest

from agents import AgentContext, BaseAgent, InvalidInput
from agents.host import _context as host_context
from agents.outbound import Client, Policy, Response, client
from agents.outcome import run_agent
from agents.testing import RecordingContext
from tests.agents.loopback_server import LOOPBACK, Server, ask, asked, reply, serving


@pytest.mark.parametrize("status", [200, 204, 404, 500])
def test_any_status_is_an_answer(status: int) -> None:
    answer = ask(reply(status, b"" if status == 204 else b"said", X_Mine="yes"))

    assert answer.status == status
    assert answer.headers["x-mine"] == "yes"
    assert answer.text() == ("" if status == 204 else "said")


def test_json_goes_out_and_comes_back() -> None:
    answer, server = asked(reply(body=b'{"a": [1, 2.5, null]}'), method="post", json={"q": "ü"})

    head, _, body = server.requests[0].partition("\r\n\r\n")
    assert head.startswith("POST / HTTP/1.1")
    assert "content-type: application/json" in head.lower()
    assert json.loads(body) == {"q": "ü"}
    assert answer.json() == {"a": [1, 2.5, None]}


def test_a_body_and_headers_go_out_as_given() -> None:
    _, server = asked(method="PUT", body="text", headers={"Authorization": "Bearer x"})

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
    _, server = asked(path=path)
    assert server.requests[0].split()[1] == sent


def test_json_and_body_together_are_a_mistake() -> None:
    with pytest.raises(TypeError, match="not both"):
        ask(json={}, body=b"")


def test_what_cannot_be_json_is_not_sent() -> None:
    with pytest.raises(InvalidInput, match=r"\$\.a"):
        ask(json={"a": float("nan")})


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
    assert ask(reply(body=body, Content_Type=content_type)).text() == text


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
    ask(reply())
    gc.collect()
    assert not [found for found in recwarn if "nclosed" in str(found.message)]


def test_nothing_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(reply()).status == 200


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

    assert host_context(frame).outbound == LOOPBACK
    assert host_context({**header, "secrets": {}}).outbound == Policy()
