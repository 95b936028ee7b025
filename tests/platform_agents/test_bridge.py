"""The bridge by itself: what it answers when there is no application to do so."""

import asyncio
import logging
from typing import Any

import pytest

from platform_agents.bridge import Bridge
from platform_agents.logs import OneLine
from platform_agents.request_ids import WithRequestId


def broken(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise RuntimeError("no application today")


def answer(app: Any, *headers: tuple[bytes, bytes]) -> tuple[int, dict[str, str], bytes]:
    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": "http",
        "http_version": "1.1", "headers": list(headers),
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    bridge = Bridge(app, threads=1, max_body_bytes=10, body_s=5)
    asyncio.run(bridge(scope, receive, send))
    start, body = sent
    return (
        int(start["status"]),
        {name.decode(): value.decode() for name, value in start["headers"]},
        body["body"],
    )


def test_a_broken_application_is_500_with_the_requests_id_in_answer_and_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.handler.addFilter(WithRequestId())
    caplog.handler.setFormatter(OneLine())
    with caplog.at_level(logging.ERROR):
        status, headers, body = answer(broken, (b"x-request-id", b"mine"))
    assert (status, headers["x-request-id"], headers["cache-control"]) == (500, "mine", "no-store")
    assert b'"code":"internal_error"' in body
    assert b"no application today" not in body
    assert "the application failed request_id=mine" in caplog.text


def test_the_application_is_told_the_id_that_was_made_for_the_request() -> None:
    seen = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(environ["HTTP_X_REQUEST_ID"])
        start_response("200 OK", [])
        return [b"ok"]

    for given, kept in ((b"mine", True), (b"not an id", False)):
        assert answer(app, (b"x-request-id", given))[2] == b"ok"
        assert (seen[-1] == given.decode()) is kept
    assert len(seen[-1]) == 32
