"""Who is let in: one X-API-Key header with a whole, known key; everybody else hears the same."""

import json
import secrets
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.executions.conftest import Tenants
from tests.live import Live

REFUSAL = {
    "detail": "A valid API key is required in the X-API-Key header.",
    "code": "invalid_api_key",
}

WRONG_KEYS: dict[str, Callable[[str], str | bytes]] = {
    "empty": lambda key: "",
    "malformed": lambda key: "secret",
    "unknown": lambda key: f"abw_{secrets.token_hex(32)}",
    "truncated": lambda key: key[:-1],
    "prolonged": lambda key: f"{key}0",
    "upper case": lambda key: key.upper(),
    "upper case digits": lambda key: f"abw_{key[4:].upper()}",
    "without prefix": lambda key: key[4:],
    "quoted": lambda key: f'"{key}"',
    "bearer": lambda key: f"Bearer {key}",
    "wildcard": lambda key: "abw_" + "%" * 64,
    "not ASCII": lambda key: key[:-1].encode() + b"\xe9",
    "full-width digits": lambda key: b"abw_" + "\uff11".encode() * 64,
    "very long": lambda key: key * 100,
}


@pytest.mark.parametrize("wrong", WRONG_KEYS.values(), ids=WRONG_KEYS.keys())
def test_a_wrong_key_is_refused(tenants: Tenants, wrong: Callable[[str], str | bytes]) -> None:
    headers = {"X-API-Key": wrong(tenants.acme.key)}
    with tenants.nothing_written():
        response = tenants.live.http.post("/execute", json=tenants.body(), headers=headers)
    assert response.json() == REFUSAL
    tenants.refusal(response, 401, "invalid_api_key")
    assert response.headers["www-authenticate"]


def test_no_key_is_refused(tenants: Tenants) -> None:
    with tenants.nothing_written():
        response = tenants.live.http.post("/execute", json=tenants.body())
    assert response.json() == REFUSAL
    tenants.refusal(response, 401, "invalid_api_key")


def test_another_organizations_key_is_refused_for_this_organization(tenants: Tenants) -> None:
    tenants.refused(
        tenants.body(), 403, "organization_mismatch", headers={"X-API-Key": tenants.globex.key}
    )


def test_a_revoked_key_is_refused_at_once(tenants: Tenants) -> None:
    live, acme = tenants.live, tenants.acme
    assert tenants.post(tenants.body()).status_code == 200
    live.db.execute("DELETE FROM public.api_keys WHERE id = %s", [acme.key_id])
    assert tenants.refused(tenants.body(), 401, "invalid_api_key") == REFUSAL


def test_the_key_is_asked_for_before_the_body_is_looked_at(tenants: Tenants) -> None:
    for body in (b"{", b"", b"[1]", json.dumps(tenants.body(module_id="no-such")).encode()):
        with tenants.nothing_written():
            response = tenants.post(body, headers={"X-API-Key": "wrong"})
        assert response.json() == REFUSAL
        assert response.status_code == 401


@pytest.mark.parametrize("path", ["/executions/some-id", "/execute"])
def test_every_call_needs_a_key(live: Live, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
        response = live.http.request(method, path)
        assert response.status_code == 401, method
        assert response.json() == REFUSAL


def test_a_key_in_the_query_string_is_not_accepted(tenants: Tenants) -> None:
    for name in ("X-API-Key", "api_key", "key", "x_api_key"):
        with tenants.nothing_written():
            response = tenants.live.http.post(
                "/execute", params={name: tenants.acme.key}, json=tenants.body()
            )
        assert response.json() == REFUSAL


def test_a_key_in_a_cookie_or_the_authorization_header_is_not_accepted(tenants: Tenants) -> None:
    key = tenants.acme.key
    for headers in ({"Cookie": f"X-API-Key={key}"}, {"Authorization": f"Bearer {key}"}):
        response = tenants.live.http.post("/execute", json=tenants.body(), headers=headers)
        assert response.json() == REFUSAL


def test_a_key_in_the_body_is_not_accepted(tenants: Tenants) -> None:
    body = tenants.body(**{"X-API-Key": tenants.acme.key})
    with tenants.nothing_written():
        response = tenants.live.http.post("/execute", json=body)
    assert response.json() == REFUSAL


@pytest.mark.parametrize("second", ["same", "foreign", "wrong"])
def test_two_keys_are_refused(tenants: Tenants, second: str) -> None:
    other = {"same": tenants.acme.key, "foreign": tenants.globex.key, "wrong": "wrong"}[second]
    headers = [("X-API-Key", tenants.acme.key), ("X-API-Key", other)]
    with tenants.nothing_written():
        response = tenants.live.http.post("/execute", json=tenants.body(), headers=headers)
    tenants.refusal(response, 400, "invalid_request")


def test_a_header_spelt_with_underscores_is_no_key(tenants: Tenants) -> None:
    """Proxies drop or rewrite X-API-Key, but let X_API_Key pass: it must not stand in for it."""
    headers = {"X_API_Key": tenants.acme.key}
    with tenants.nothing_written():
        response = tenants.live.http.post("/execute", json=tenants.body(), headers=headers)
    assert response.json() == REFUSAL


def test_the_name_of_the_header_is_read_in_any_case(tenants: Tenants) -> None:
    headers = {"x-api-KEY": tenants.acme.key}
    response = tenants.live.http.post("/execute", json=tenants.body(), headers=headers)
    assert response.status_code == 200, response.text


def test_no_key_is_written_to_the_log(tenants: Tenants) -> None:
    wrong = f"abw_{secrets.token_hex(32)}"
    tenants.post(tenants.body())
    tenants.post(tenants.body(), headers={"X-API-Key": wrong})
    tenants.live.http.get(f"/no-such-page/{wrong}")
    logs = tenants.live.web.output() + tenants.live.cluster.output()
    assert wrong not in logs
    assert tenants.acme.key not in logs


def test_a_nul_in_the_key_is_refused(tenants: Tenants) -> None:
    """httpx does not send it, so the bytes go by hand; the server itself may refuse them."""
    where = urlsplit(tenants.live.web.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as conn:
        conn.sendall(
            b"GET /executions/x HTTP/1.1\r\nHost: localhost\r\nX-API-Key: abw_\x00\r\n\r\n"
        )
        assert conn.recv(4096).split()[1] in {b"400", b"401"}


@pytest.fixture
def revoked(tenants: Tenants) -> Tenants:
    """Acme's key, which the web server has just seen twice, is gone."""
    for _ in range(2):
        assert tenants.post(tenants.body()).status_code == 200
    tenants.live.db.execute("DELETE FROM public.api_keys WHERE id = %s", [tenants.acme.key_id])
    return tenants


@pytest.mark.parametrize(
    "wrong",
    [
        {"module_id": "no-such"}, {"input_data": 7}, {"no-such": 1}, {"timeout_s": -1},
        {"task_id": "no-such"}, {"execution_id": "no-such"},
    ],
    ids=str,
)  # fmt: skip
def test_a_revoked_key_learns_nothing_of_what_is_wrong(
    revoked: Tenants, wrong: dict[str, object]
) -> None:
    assert revoked.refused(revoked.body(**wrong), 401, "invalid_api_key") == REFUSAL


def test_a_revoked_key_learns_nothing_of_its_earlier_calls(tenants: Tenants) -> None:
    again = {"Idempotency-Key": secrets.token_hex(8)}
    for _ in range(2):
        assert tenants.post(tenants.body(), headers=again).status_code == 200
    tenants.live.db.execute("DELETE FROM public.api_keys WHERE id = %s", [tenants.acme.key_id])
    refused = tenants.refused(tenants.body(), 401, "invalid_api_key", headers=again)
    assert refused == REFUSAL


def test_a_revoked_key_may_not_even_send_what_is_no_json(revoked: Tenants) -> None:
    with revoked.nothing_written():
        response = revoked.post(b"{")
    revoked.refusal(response, 401, "invalid_api_key")


def test_a_key_that_moved_to_another_organization_starts_nothing_in_the_first(
    tenants: Tenants,
) -> None:
    for _ in range(2):
        assert tenants.post(tenants.body()).status_code == 200
    tenants.live.db.execute(
        "UPDATE public.api_keys SET org_id = %s WHERE id = %s",
        [tenants.globex.id, tenants.acme.key_id],
    )
    assert tenants.refused(tenants.body(), 401, "invalid_api_key") == REFUSAL
    tenants.refused(tenants.body(), 403, "organization_mismatch")
