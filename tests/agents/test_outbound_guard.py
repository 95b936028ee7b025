"""Names: what DNS may answer, and where the connection goes then. The connector alone, too."""

import asyncio
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from agents import OutboundRefused, TransientError
from agents.outbound import Client, Policy, Response, connector
from tests.agents.loopback_server import LOOPBACK, Lookup, Server, dns, reply, serving, to


def _via(lookup: Lookup, policy: Policy, *answers: Any, **given: Any) -> tuple[Response, Server]:
    async def ask() -> tuple[Response, Server]:
        async with serving(*answers) as server:
            url = f"http://name.test:{server.port}/"
            return await Client(policy, lookup=lookup).request("GET", url, **given), server

    return asyncio.run(ask())


def test_the_connection_goes_to_the_looked_up_address_and_the_host_header_keeps_the_name() -> None:
    lookup, asked = dns(["127.0.0.1"])
    answer, server = _via(lookup, LOOPBACK, reply(body=b"hello"))

    assert answer.body == b"hello"
    assert f"Host: name.test:{server.port}" in server.requests[0]
    assert asked == ["name.test"]


def test_a_name_is_looked_up_once_so_a_second_answer_cannot_lead_elsewhere() -> None:
    lookup, asked = dns(["127.0.0.1"], ["127.0.0.2"])
    answer, _ = _via(lookup, replace(LOOPBACK, allow=("127.0.0.1",)))

    assert answer.status == 200
    assert asked == ["name.test"]


def test_a_name_that_turns_private_later_is_not_followed_there() -> None:
    lookup, asked = dns(["127.0.0.1"], ["10.0.0.1"])
    policy = replace(LOOPBACK, allow=("127.0.0.1",))

    async def twice() -> None:
        async with serving(reply(Connection="close")) as server:
            for owner in ("org-1", "org-2"):
                url = f"http://name.test:{server.port}/"
                await Client(policy, owner=owner, lookup=lookup).request("GET", url)

    with pytest.raises(TransientError):
        asyncio.run(twice())
    assert len(asked) == 2


@pytest.mark.parametrize("private", ["10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "fd00::1"])
@pytest.mark.parametrize("first", [True, False])
def test_one_private_answer_among_others_refuses_the_name(private: str, first: bool) -> None:
    answers = [private, "127.0.0.1"] if first else ["127.0.0.1", private]
    with pytest.raises(TransientError, match="could not be reached"):
        _via(dns(answers)[0], LOOPBACK)


def test_a_name_without_any_address_cannot_be_reached() -> None:
    with pytest.raises(TransientError):
        _via(dns([])[0], LOOPBACK)


def test_an_allowed_name_may_lead_anywhere_and_only_that_name() -> None:
    policy = Policy(allow=("name.test",), timeout_s=10)
    assert _via(dns(["127.0.0.1"])[0], policy)[0].status == 200
    with pytest.raises(OutboundRefused, match="The port"):
        _via(dns(["127.0.0.1"])[0], replace(policy, allow=("other.test",)))


def test_a_port_that_only_networks_may_have_is_decided_by_the_address() -> None:
    policy = replace(LOOPBACK, allow=("10.0.0.0/8",))
    with pytest.raises(TransientError):
        _via(dns(["127.0.0.1"])[0], policy)


def test_the_system_resolver_is_asked_by_default() -> None:
    async def ask() -> Response:
        async with serving() as server:
            url = f"http://localhost:{server.port}/"
            return await Client(Policy(allow=("localhost",))).request("GET", url)

    assert asyncio.run(ask()).status == 200


# the connector alone, as other libraries use it


def _with_connector(policy: Policy, url: str, **given: Any) -> int:
    async def ask() -> int:
        async with (
            aiohttp.ClientSession(connector=connector(policy)) as session,
            session.get(url, **given) as answer,
        ):
            return answer.status

    return asyncio.run(ask())


def test_a_session_of_aiohttp_is_guarded_by_the_connector() -> None:
    with pytest.raises(OutboundRefused, match=r"10\.0\.0\.1 is not public"):
        _with_connector(Policy(), "http://10.0.0.1/")
    with pytest.raises(OutboundRefused, match="neither a host name"):
        _with_connector(Policy(), "http://2130706433/")
    with pytest.raises(OutboundRefused, match="port 6379"):
        _with_connector(Policy(), "http://example.com:6379/")
    with pytest.raises(aiohttp.ClientConnectorError):
        _with_connector(Policy(), "http://localhost/")
    with pytest.raises(OutboundRefused, match="proxy"):
        _with_connector(Policy(), "http://example.com/", proxy="http://127.0.0.1:3128")


def test_redirects_that_aiohttp_follows_itself_are_guarded_too() -> None:
    async def ask() -> None:
        async with (
            serving(to("http://10.0.0.1/")) as server,
            aiohttp.ClientSession(connector=connector(LOOPBACK)) as session,
        ):
            await session.get(server.url)

    with pytest.raises(OutboundRefused):
        asyncio.run(ask())
