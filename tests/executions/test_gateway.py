"""Agents and the gateway's API: with the key of their own organization, or not at all."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import factories
from tests.executions.conftest import Tenants
from tests.executions.test_run_secrets import everything_kept
from tests.factories import Org
from tests.http_server import Answer, Received
from tests.processes import wait_until


@pytest.fixture
def gateway(tenants: Tenants) -> Iterator[Tenants]:
    """It answers with what it was asked, the key included."""

    def answer(request: Received) -> Answer:
        if request.path.startswith("/moved"):
            return Answer(302, headers={"Location": "/api/elsewhere"})
        return Answer(200, {"key": request.headers.get("x-api-key"), "path": request.path})

    before, tenants.live.gateway.answer = tenants.live.gateway.answer, answer
    yield tenants
    tenants.live.gateway.answer = before


def run(tenants: Tenants, org: Org, agent: str = "gateway_caller", **input_data: Any) -> Any:
    module = factories.module(tenants.live.db, org=org, python_module=agent)
    return tenants.live.execute(org, module, input_data).json()


def asked(tenants: Tenants, path: str) -> list[str | None]:
    """The keys that this path was asked with."""
    received = tenants.live.gateway.received
    return [r.headers.get("x-api-key") for r in received if r.path == path]


def test_each_organization_shows_its_own_key(gateway: Tenants) -> None:
    """API_KEY is one of the platform's organization: nobody else is given it."""
    for org in (gateway.acme, gateway.globex, gateway.live.platform):
        path = f"/api/of/{org.id}"
        answer = run(gateway, org, path=path)
        assert answer["output"]["status"] == 200, answer
        assert asked(gateway, path) == [org.key]


def test_the_newest_key_of_several(gateway: Tenants) -> None:
    newer = f"abw_{gateway.acme.id * 2}"
    gateway.live.db.execute(
        "INSERT INTO public.api_keys (org_id, name, key, created_at) "
        "VALUES (%s, 'newer', %s, now() + interval '1 day')", [gateway.acme.id, newer],
    )  # fmt: skip
    path = f"/api/newest/{gateway.acme.id}"
    run(gateway, gateway.acme, path=path, body={"a": 1})
    assert asked(gateway, path) == [newer]


def test_the_key_is_in_nothing_that_is_kept(gateway: Tenants) -> None:
    answer = run(gateway, gateway.acme)
    assert answer["output"]["said"] == {"key": "…", "path": "/api/tasks"}
    kept = everything_kept(gateway, answer["execution_id"])
    assert "my key is …" in kept
    assert gateway.acme.key not in kept


def test_an_organization_without_a_key_is_told_so(gateway: Tenants) -> None:
    org = factories.organization(gateway.live.db)
    module = factories.module(gateway.live.db, org=org, python_module="gateway_caller")
    answer = gateway.live.execute(org, module, prefer="respond-async").json()
    paused = factories.module(gateway.live.db, org=org, python_module="gateway_caller")
    factories.policy(gateway.live.db, org=org, module_id=paused, paused=True)
    later = gateway.live.execute(org, paused, prefer="respond-async").json()["execution_id"]
    gateway.live.finished(org, answer["execution_id"])
    gateway.live.db.execute("UPDATE public.api_keys SET org_id = %s WHERE id = %s",
                            [gateway.globex.id, org.key_id])  # fmt: skip
    gateway.live.db.execute("UPDATE modules_policy SET paused = false WHERE module_id = %s",
                            [paused])  # fmt: skip

    def error() -> Any:
        return gateway.live.db.execute(
            "SELECT error FROM public.module_executions WHERE id = %s AND status = 'failed'",
            [later],
        ).fetchone()

    wait_until(error, what="the run failed")
    assert "this organization has no API key" in error()[0]


def test_a_class_that_does_not_declare_it_gets_nothing(gateway: Tenants) -> None:
    answer = run(gateway, gateway.acme, agent="gateway_undeclared", path="/api/undeclared")
    assert answer["status"] == "failed"
    assert "uses_gateway = True" in answer["error"]
    assert asked(gateway, "/api/undeclared") == []


@pytest.mark.parametrize(
    "path",
    [
        "api/tasks", "//evil.example/x", "http://evil.example/", "/api/../admin", "/a/%2e%2e/b",
        "/a/..%2fb", "/api//x", "/\\evil.example", "/a b", "/a#b", "@evil.example", "/./a", "",
        "/api/\r\nX: y", "/a/%5c..",
    ],
)  # fmt: skip
def test_only_plain_paths(gateway: Tenants, path: str) -> None:
    before = len(gateway.live.gateway.received)
    answer = run(gateway, gateway.acme, path=path)
    assert answer["status"] == "failed"
    assert "platform's API" in answer["error"]
    assert len(gateway.live.gateway.received) == before


def test_a_redirect_is_an_answer(gateway: Tenants) -> None:
    answer = run(gateway, gateway.acme, path="/moved/away")
    assert answer["status"] == "failed"  # no JSON; it was not followed
    assert asked(gateway, "/api/elsewhere") == []
