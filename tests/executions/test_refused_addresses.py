"""Paths and methods that do not exist, and ids in paths that nobody should send."""

import socket
import uuid
from urllib.parse import urlsplit

import pytest

from tests import factories
from tests.executions.conftest import Tenants
from tests.live import Live


@pytest.mark.parametrize(
    "path",
    [
        "/executions/%00",
        "/executions/abc%00def",
        "/execut%00e",
        "/%00",
        "/executions/abc?after=%00",
        "/executions/abc?%00=1",
        "/health?x=%00",
        "/admin/modules/module/?q=%00",
        "/admin/login/?next=%00",
    ],
)
def test_a_nul_in_the_address_is_refused(tenants: Tenants, path: str) -> None:
    response = tenants.live.get(tenants.acme, path)
    tenants.refusal(response, 400, "invalid_request")


@pytest.mark.parametrize(
    "execution_id",
    ["%ff", "%ed%a0%80", "%252500", "..%5c", "'%20OR%201=1", "%E2%80%A8", "x" * 5_000, "%0d%0aX:y"],
)
def test_an_id_that_no_execution_can_have_is_not_found(tenants: Tenants, execution_id: str) -> None:
    response = tenants.live.get(tenants.acme, f"/executions/{execution_id}")
    tenants.refusal(response, 404, "execution_not_found")


def test_a_query_that_is_not_ascii_does_no_harm(tenants: Tenants) -> None:
    where = urlsplit(tenants.live.web.url)
    head = f"Host: localhost\r\nX-API-Key: {tenants.acme.key}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((where.hostname, where.port), timeout=10) as conn:
        conn.sendall(b"GET /executions/x?q=\xff\xc3\xa9 HTTP/1.1\r\n" + head.encode())
        assert conn.recv(4096).split()[1] in {b"400", b"404"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/execute"),
        ("PUT", "/execute"),
        ("PATCH", "/execute"),
        ("DELETE", "/execute"),
        ("POST", "/executions/some-id"),
        ("PUT", "/executions/some-id"),
        ("DELETE", "/executions/some-id"),
        ("POST", "/health"),
        ("DELETE", "/health"),
        ("POST", "/health/ready"),
    ],
)
def test_a_wrong_method_is_refused(tenants: Tenants, method: str, path: str) -> None:
    headers = {"X-API-Key": tenants.acme.key}
    with tenants.nothing_written():
        response = tenants.live.http.request(method, path, headers=headers)
    tenants.refusal(response, 405, "method_not_allowed")
    assert method not in response.headers["allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/execute/",
        "/executions/",
        "/executions/a/b",
        "/health/",
        "/Execute",
        "/no-such-page",
        "/api/execute",
        "/static/no-such-file.css",
        "/.env",
        "/static/..%2f..%2fmanage.py",
        "/%ff%fe",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path_is_not_found(tenants: Tenants, method: str, path: str) -> None:
    response = tenants.live.http.request(method, path, headers={"X-API-Key": tenants.acme.key})
    tenants.refusal(response, 404, "not_found")


def test_an_unknown_host_is_refused(tenants: Tenants) -> None:
    headers = {"Host": "evil.example"}
    response = tenants.live.http.get("/executions/some-id", headers=headers)
    tenants.refusal(response, 400, "invalid_request")


def test_another_organizations_execution_looks_like_a_missing_one(tenants: Tenants) -> None:
    live = tenants.live
    module = factories.module(live.db, org=tenants.globex)
    foreign = live.execute(tenants.globex, module).json()["execution_id"]
    row = factories.gateway_row(live.db, org=tenants.globex, module_id=module)
    missing = uuid.uuid4().hex
    answers = {id_: live.get(tenants.acme, f"/executions/{id_}") for id_ in (foreign, row, missing)}
    bodies = {body.content.replace(id_.encode(), b"ID") for id_, body in answers.items()}
    assert len(bodies) == 1
    for answer in answers.values():
        tenants.refusal(answer, 404, "execution_not_found")


def test_answers_are_not_kept_by_caches_between_organizations(live: Live, tenants: Tenants) -> None:
    done = tenants.post(tenants.body()).json()["execution_id"]
    response = live.get(tenants.acme, f"/executions/{done}")
    assert "set-cookie" not in response.headers
    assert "public" not in response.headers.get("cache-control", "")
