"""Who may open a feed, and what everybody else is told."""

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from tests import factories
from tests.executions.feeds import clients
from tests.executions.feeds.clients import closing, message, refused, socket, watching
from tests.executions.feeds.operators import operator
from tests.factories import Org
from tests.live import Live
from tests.processes import Web


@pytest.fixture
def acme(live: Live) -> Org:
    return factories.organization(live.db, name="Acme")


@pytest.fixture
def globex(live: Live) -> Org:
    return factories.organization(live.db, name="Globex")


def execution(live: Live, org: Org, *, agent: str = "echo", **given: object) -> str:
    module_id = factories.module(live.db, org=org, python_module=agent)
    answer = live.execute(org, module_id, given)
    execution_id: str = answer.json()["execution_id"]
    return execution_id


def unique() -> str:
    return uuid.uuid4().hex


def test_a_key_in_the_header_opens_feeds_of_its_organization(live: Live, acme: Org) -> None:
    with watching(live, acme, f"/ws/executions/{execution(live, acme)}") as opened:
        assert message(opened)["state"] == "done"
        assert closing(opened)[0] == 1000
    with watching(live, acme, "/ws/executions") as opened:
        assert message(opened) == {"type": "ready"}


def test_a_key_may_come_as_a_subprotocol_and_is_not_given_back(live: Live, acme: Org) -> None:
    path = f"/ws/executions/{execution(live, acme)}"
    with socket(live, path, Protocols=f"platform-agents,key.{acme.key}") as opened:
        assert opened.subprotocol == "platform-agents"
        assert message(opened)["state"] == "done"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X_API_Key": "abw_" + "0" * 64},
        {"X_API_Key": "nonsense"},
        {"X_API_Key": ""},
        {"Protocols": "platform-agents,key.abw_" + "0" * 64},
        {"Cookie": "sessionid=nobody", "Origin": "SELF"},
        {"Cookie": "other=1", "Origin": "SELF"},
    ],
)
@pytest.mark.parametrize("path", ["/ws/executions", "/ws/executions/some-id"])
def test_without_a_valid_credential_it_is_4401(
    live: Live, path: str, headers: dict[str, str]
) -> None:
    own = {name: value.replace("SELF", live.web.url) for name, value in headers.items()}
    code, reason = refused(live, path, **own)
    assert code == 4401
    assert "API key" in reason


def test_two_keys_are_none(live: Live, acme: Org) -> None:
    given = {"X_API_Key": acme.key, "Protocols": f"platform-agents,key.{acme.key}"}
    assert refused(live, "/ws/executions", **given)[0] == 4401


def test_a_key_in_the_address_is_not_logged(live: Live, acme: Org, tmp_path: Path) -> None:
    """Not even by a server that logs every address."""
    web = Web(env=live.env, log=tmp_path / "web.log", log_level="info")
    try:
        web.wait_ready()
        with socket(replace(live, web=web), f"/ws/executions?api_key={acme.key}") as opened:
            assert closing(opened)[0] == 4401
        assert "/ws/executions?api_key=abw_…" in web.output()
        assert acme.key not in web.output()
    finally:
        web.stop()


@pytest.mark.parametrize("name", ["api_key", "key", "token", "after_seq"])
def test_a_key_in_the_address_is_refused(live: Live, acme: Org, name: str) -> None:
    path = f"/ws/executions/{execution(live, acme)}?{name}={acme.key}"
    assert refused(live, path)[0] == 4401
    code, reason = refused(live, path, X_API_Key=acme.key)
    assert (code, "address" in reason) == (4401, True)


def test_a_foreign_execution_and_a_missing_one_are_the_same(
    live: Live, acme: Org, globex: Org
) -> None:
    foreign = execution(live, globex)
    gateways = factories.gateway_row(
        live.db, org=globex, module_id=factories.module(live.db, org=globex)
    )
    viewer = operator(live, unique(), viewer=acme)
    for headers in ({"X_API_Key": acme.key}, viewer.headers):
        told = {
            refused(live, f"/ws/executions/{id_}", **headers)
            for id_ in (foreign, gateways, unique(), "%00", "a%20b", "x" * 300)
        }
        assert len(told) == 1
        assert told.pop()[0] == 4404


def test_a_foreign_organization_and_a_missing_one_are_the_same(
    live: Live, acme: Org, globex: Org
) -> None:
    viewer = operator(live, unique(), viewer=acme)
    for headers in ({"X_API_Key": acme.key}, viewer.headers):
        told = {
            refused(live, f"/ws/executions?org_id={id_}", **headers)
            for id_ in (globex.id, unique(), "%00")
        }
        assert len(told) == 1
        assert told.pop()[0] == 4404


def test_an_operator_watches_their_organizations(live: Live, acme: Org, globex: Org) -> None:
    viewer = operator(live, unique(), viewer=acme)
    with socket(live, f"/ws/executions/{execution(live, acme)}", **viewer.headers) as opened:
        assert message(opened)["state"] == "done"
    with socket(live, f"/ws/executions?org_id={acme.id}", **viewer.headers) as opened:
        assert message(opened) == {"type": "ready"}
    assert refused(live, "/ws/executions", **viewer.headers)[0] == 4404
    everything = operator(live, unique(), superuser=True)
    for org in (acme, globex):
        with socket(live, f"/ws/executions?org_id={org.id}", **everything.headers) as opened:
            assert message(opened) == {"type": "ready"}
    for id_ in (unique(), "%00"):
        assert refused(live, f"/ws/executions?org_id={id_}", **everything.headers)[0] == 4404


@pytest.mark.parametrize(
    "origin",
    [None, "https://evil.example", "http://127.0.0.1:1", "null", "http://localhost", "https"],
)
def test_a_session_counts_only_for_pages_of_this_site(
    live: Live, acme: Org, origin: str | None
) -> None:
    viewer = operator(live, unique(), viewer=acme)
    headers = {"Cookie": viewer.cookie, **({"Origin": origin} if origin else {})}
    assert refused(live, f"/ws/executions?org_id={acme.id}", **headers)[0] == 4403
    host = {**viewer.headers, "Origin": "http://evil.example", "Host": "evil.example"}
    assert refused(live, f"/ws/executions?org_id={acme.id}", **host)[0] in (4403, None)


def test_a_key_needs_no_origin_and_is_bound_to_none(live: Live, acme: Org) -> None:
    given = {"X_API_Key": acme.key, "Origin": "https://gateway.example"}
    with socket(live, "/ws/executions", **given) as opened:
        assert message(opened) == {"type": "ready"}


def test_tracebacks_are_for_administrators(live: Live, acme: Org, globex: Org) -> None:
    path = f"/ws/executions/{execution(live, acme, agent='poison', how='raise')}"

    def kinds(**headers: str) -> set[str]:
        with socket(live, path, **headers) as opened:
            return {m["kind"] for m in clients.messages(opened) if m["type"] == "event"}

    for who in (
        operator(live, unique(), admin=acme),
        operator(live, unique(), superuser=True),
    ):
        assert "traceback" in kinds(**who.headers)
    for who in (
        operator(live, unique(), viewer=acme),
        operator(live, unique(), operator=acme, admin=globex),
    ):
        assert "traceback" not in kinds(**who.headers)
    assert "traceback" not in kinds(X_API_Key=acme.key)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/ws/executions/ID?after_seq=-1", "after_seq"),
        ("/ws/executions/ID?after_seq=1.5", "after_seq"),
        ("/ws/executions/ID?after_seq=9223372036854775808", "after_seq"),
        ("/ws/executions/ID?after_seq=%D9%A1", "after_seq"),
        ("/ws/executions/ID?after=5", "Unknown parameter 'after'"),
        ("/ws/executions?after=yesterday", "such as 2026-01-31"),
        ("/ws/executions?after=2026-01-31T12:00:00", "such as 2026-01-31"),
        ("/ws/executions?after=2026-02-31T12:00:00Z", "such as 2026-01-31"),
        ("/ws/executions?%C3%BC=1", "Unknown parameter"),
    ],
)
def test_what_is_not_understood_is_4400(live: Live, acme: Org, path: str, said: str) -> None:
    path = path.replace("ID", execution(live, acme))
    code, reason = refused(live, path, X_API_Key=acme.key)
    assert code == 4400
    assert said in reason


@pytest.mark.parametrize("path", ["/ws", "/ws/", "/ws/executions/", "/ws/executions/a/b", "/"])
def test_elsewhere_there_is_nothing(live: Live, acme: Org, path: str) -> None:
    assert refused(live, path, X_API_Key=acme.key)[0] == 4404


def test_a_ping_is_answered(live: Live, acme: Org) -> None:
    with watching(live, acme, "/ws/executions") as opened:
        assert message(opened) == {"type": "ready"}
        opened.send('{"type": "ping"}')
        assert message(opened) == {"type": "pong"}


@pytest.mark.parametrize(
    "said", ["", "hello", "[]", '{"type": "subscribe"}', b"\x00\x01", '{"type": "ping", "x": "%s"}']
)
def test_anything_else_that_a_client_says_ends_its_feed(
    live: Live, acme: Org, said: str | bytes
) -> None:
    if isinstance(said, str) and "%s" in said:
        said = said.replace("%s", "x" * 1100)
    with watching(live, acme, "/ws/executions") as opened:
        assert message(opened) == {"type": "ready"}
        opened.send(said)
        assert closing(opened)[0] == 4400
