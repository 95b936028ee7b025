"""The platform's API as agents see it, and the one for their tests."""

import asyncio

import pytest

from agents.gateway import Gateway, GatewayUnavailable, checked_origin, policy
from agents.outbound.response import Response
from agents.testing import RecordingContext, RecordingGateway, run
from tests.authored.gateway_caller import GatewayCaller, Undeclared


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("http://0.0.0.0:5000", "http://0.0.0.0:5000"),
        ("https://API.example.com/", "https://api.example.com"),
        ("http://[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_an_origin(given: str, origin: str) -> None:
    assert checked_origin(given) == origin


@pytest.mark.parametrize(
    "given",
    ["localhost:5000", "ftp://a", "http://a/api", "http://u:p@a", "http://a?x=1", "http://", "a"],
)
def test_what_is_no_origin(given: str) -> None:
    with pytest.raises(ValueError, match="NODE_API_URL"):
        checked_origin(given)


def test_the_origins_host_and_port_and_nothing_else() -> None:
    reach = policy("http://10.0.0.5:5000")
    assert reach.may_use_port("10.0.0.5", 5000)
    assert not reach.may_use_port("10.0.0.5", 80)
    assert not reach.may_use_port("example.com", 443)
    assert policy("https://api.example.com").names("api.example.com", 443)


def test_without_an_address_or_a_key_it_says_so() -> None:
    for gateway, what in (
        (Gateway(), "NODE_API_URL"),
        (Gateway(url="http://127.0.0.1:1"), "no API key"),
    ):
        with pytest.raises(GatewayUnavailable, match=what):
            asyncio.run(gateway.get("/api/tasks"))


def test_the_key_is_not_in_its_repr() -> None:
    assert "abw_" not in repr(Gateway(url="http://a", key="abw_secret"))


def test_a_recording_gateway_answers_as_scripted() -> None:
    gateway = RecordingGateway({
        "GET /api/tasks": [{"id": "t1"}],
        "POST /api/tasks": lambda sent: {"made": sent},
        "GET /api/gone": Response(status=410, headers={}, body=b"{}"),
    })  # fmt: skip
    context = RecordingContext(gateway=gateway)
    got = [
        run(GatewayCaller, given, context=context).value
        for given in (
            {}, {"body": {"a": 1}}, {"path": "/api/gone"}, {"path": "/api/missing"},
        )
    ]  # fmt: skip
    assert [(value["status"], value["said"]) for value in got[:3]] == [
        (200, [{"id": "t1"}]), (200, {"made": {"a": 1}}), (410, {}),
    ]  # fmt: skip
    assert got[3]["status"] == 404
    assert gateway.requests[:2] == [("GET", "/api/tasks", None), ("POST", "/api/tasks", {"a": 1})]


def test_a_recording_gateway_takes_paths_only() -> None:
    context = RecordingContext(gateway=RecordingGateway())
    outcome = run(GatewayCaller, {"path": "https://evil.example/"}, context=context)
    assert outcome.code == "invalid_gateway_path"


def test_a_class_that_does_not_declare_it_gets_none_in_tests_either() -> None:
    context = RecordingContext(gateway=RecordingGateway({"GET /api/tasks": []}))
    outcome = run(Undeclared, context=context)
    assert outcome.code == "gateway_unavailable"
