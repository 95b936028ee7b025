"""Redirects: which are followed, and what goes along."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from agents import OutboundRefused, TransientError
from agents.outbound import Client, Response
from tests.agents.loopback_server import LOOPBACK, Server, asked, dns, reply, serving, to


def _redirecting(*answers: bytes, **given: Any) -> tuple[Response, Server]:
    return asked(*answers, path="/a/b", **given)


def test_a_redirect_is_an_answer_like_any_other_unless_it_is_to_be_followed() -> None:
    answer, server = _redirecting(to("/elsewhere"), reply())
    assert (answer.status, answer.headers["location"]) == (302, "/elsewhere")
    assert len(server.requests) == 1


def test_as_many_redirects_as_asked_for_are_followed() -> None:
    answers = [to("c?d=%2F"), to("/f"), to("/g"), reply(body=b"end")]

    answer, server = _redirecting(*answers, follow=3, headers={"Authorization": "mine"})
    assert answer.body == b"end"
    paths = [request.split()[1] for request in server.requests]
    assert paths == ["/a/b", "/a/c?d=%2F", "/f", "/g"]
    assert all("authorization: mine" in request for request in server.requests)

    answer, server = _redirecting(*answers, follow=1)
    assert (answer.status, len(server.requests)) == (302, 2)


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "//10.0.0.1/",
        "http://[::ffff:10.0.0.1]/", "http://0x0a000001/", "http://93.184.215.14:22/",
        "file:///etc/passwd", "http://user:password@127.0.0.1/", "http://[::1/",
        "javascript:1", "http://127.0.0.1:99999/",
    ],
)  # fmt: skip
def test_a_redirect_to_a_refused_url_has_one_text(location: str) -> None:
    with pytest.raises(OutboundRefused) as refused:
        _redirecting(to(location), reply(), follow=3)
    assert str(refused.value) == (
        "The server redirects to a URL that may not be followed: not public, less safe, or with a "
        "body for another server."
    )


def test_a_public_server_cannot_redirect_to_what_only_the_operator_allowed() -> None:
    async def ask(url: str, *, allow: tuple[str, ...]) -> Response:
        async with serving() as inside, serving(to(inside.url)) as public:
            policy = replace(LOOPBACK, allow=("127.0.0.0/8", *allow))
            asking = Client(policy, lookup=dns(["127.0.0.1"])[0])
            return await asking.request("GET", url.replace("PORT", str(public.port)), follow=1)

    named = asyncio.run(ask("http://name.test:PORT/", allow=("name.test",)))
    assert named.status == 200
    with pytest.raises(OutboundRefused, match="redirects"):
        asyncio.run(ask("http://name.test:PORT/", allow=()))


def test_a_redirect_to_a_private_name_fails_like_the_network() -> None:
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:\d+ gave no complete answer"):
        _redirecting(to("http://no-such-host.invalid/"), follow=3)


def _across(status: int, **given: Any) -> tuple[Server, Server]:
    """A request that is redirected to another server, and both servers."""

    async def ask() -> tuple[Server, Server]:
        async with serving() as other, serving(to(f"{other.url}/x", status)) as first:
            method = given.pop("method", "GET")
            await Client(LOOPBACK).request(method, first.url, follow=1, **given)
            return first, other

    return asyncio.run(ask())


def test_no_header_of_the_caller_that_could_be_a_secret_goes_to_another_server() -> None:
    headers = {"Authorization": "a", "X-API-Key": "b", "Cookie": "c=d", "Accept": "text/plain"}
    first, other = _across(302, headers=headers)

    assert "x-api-key: b" in first.requests[0].lower()
    sent = other.requests[0].lower()
    assert "accept: text/plain" in sent
    assert not any(name in sent for name in ("authorization", "x-api-key", "cookie"))


def test_a_body_does_not_go_to_another_server() -> None:
    with pytest.raises(OutboundRefused, match="redirects"):
        _across(307, method="POST", json={"secret": 1})


@pytest.mark.parametrize(("status", "method"), [(301, "POST"), (302, "POST"), (303, "PUT")])
def test_a_redirect_that_means_get_drops_the_body(status: int, method: str) -> None:
    _, other = _across(status, method=method, json={"secret": 1})
    assert other.requests[0].startswith("GET /x HTTP/1.1")
    assert "secret" not in other.requests[0]


def test_a_body_is_sent_again_to_the_same_server() -> None:
    answers = [to("/again", 308), reply()]
    _, server = _redirecting(*answers, follow=1, method="PUT", body=b"data")
    assert server.requests[1].startswith("PUT /again")
    assert server.requests[1].endswith("\r\n\r\ndata")
