"""What holds for every address of the API: HEAD, OPTIONS, Allow, caching, request ids."""

import re
import uuid

import httpx
import pytest

from tests.executions.conftest import Tenants
from tests.live import Live
from tests.processes import wait_until

GETS = [
    "/executions",
    "/executions/{done}",
    "/modules",
    "/modules/{module}",
    "/agents",
    "/health",
    "/health/ready",
]
POSTS = [
    "/execute",
    "/execute/batch",
    "/executions/{done}/cancel",
    "/executions/{done}/approvals/x",
]


def address(tenants: Tenants, path: str) -> str:
    path = path.replace("{module}", tenants.echo)
    if "{done}" not in path:
        return path
    done = tenants.live.execute(tenants.acme, tenants.echo).json()["execution_id"]
    return path.replace("{done}", done)


@pytest.mark.parametrize("path", GETS)
def test_head_answers_as_get_does_without_the_body(tenants: Tenants, path: str) -> None:
    path = address(tenants, path)
    if path == "/health/ready":
        wait_until(lambda: tenants.live.http.get(path).status_code == 200, what="it is ready")
    headers = {"X-API-Key": tenants.acme.key, "X-Request-Id": "same"}
    get = tenants.live.http.get(path, headers=headers)
    head = tenants.live.http.head(path, headers=headers)
    assert (head.status_code, head.content) == (get.status_code, b"") == (200, b"")
    varying = {"date"} if path != "/health/ready" else {"date", "content-length"}
    assert {k: v for k, v in head.headers.items() if k not in varying} == {
        k: v for k, v in get.headers.items() if k not in varying
    }


def test_head_is_refused_as_get_is(tenants: Tenants) -> None:
    head = tenants.live.http.head(f"/executions/{uuid.uuid4()}")
    assert (head.status_code, head.content) == (401, b"")
    missing = tenants.live.http.head(
        f"/executions/{uuid.uuid4()}", headers={"X-API-Key": tenants.acme.key}
    )
    assert (missing.status_code, missing.content) == (404, b"")


@pytest.mark.parametrize("path", [*GETS, *POSTS])
def test_options_names_the_methods_and_nothing_else(tenants: Tenants, path: str) -> None:
    response = tenants.live.http.options(
        path.replace("{done}", "some-id"), headers={"X-API-Key": tenants.acme.key}
    )
    assert (response.status_code, response.content) == (200, b"")
    assert "content-type" not in response.headers or path.startswith("/health")
    expected = "GET, HEAD, OPTIONS" if path in GETS else "POST, OPTIONS"
    assert response.headers["allow"] == expected


def test_options_of_an_unknown_path_is_not_found(tenants: Tenants) -> None:
    tenants.refusal(tenants.live.http.options("/no-such-path"), 404, "not_found")


@pytest.mark.parametrize("path", [*GETS, *POSTS])
def test_a_wrong_method_is_refused_with_those_that_are_right(tenants: Tenants, path: str) -> None:
    path = path.replace("{done}", "some-id")
    method = "POST" if path in {"/executions", "/executions/some-id", "/agents"} else "PUT"
    response = tenants.live.http.request(method, path, headers={"X-API-Key": tenants.acme.key})
    tenants.refusal(response, 405, "method_not_allowed")
    options = tenants.live.http.options(path, headers={"X-API-Key": tenants.acme.key})
    assert response.headers["allow"] == options.headers["allow"]


def test_no_cache_keeps_what_an_organization_sees(tenants: Tenants) -> None:
    done = tenants.post(tenants.body())
    path = f"/executions/{done.json()['execution_id']}"
    http, key = tenants.live.http, {"X-API-Key": tenants.acme.key}
    accepted = tenants.post(tenants.body(), headers={"Prefer": "respond-async"})
    answers = [
        done, accepted, tenants.post({}), http.get(path), http.get("/no-such-path"),
        *(
            http.get(p, headers=key)
            for p in (path, "/executions", "/executions/none", "/modules", "/modules/none")
        ),
    ]  # fmt: skip
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


class TestRequestIds:
    def test_the_callers_own_id_comes_back(self, tenants: Tenants) -> None:
        for request_id in ("a", "x" * 128, "00-4bf92f.3577b_34"):
            response = tenants.post(tenants.body(), headers={"X-Request-Id": request_id})
            assert response.status_code == 200
            assert response.headers["x-request-id"] == request_id

    @pytest.mark.parametrize("given", ["", "x" * 129, "a b", "é".encode(), "a/b", "a;b", '"a"'])
    def test_one_of_another_shape_is_replaced(self, tenants: Tenants, given: str) -> None:
        response = tenants.live.http.get("/health", headers={"X-Request-Id": given})
        assert re.fullmatch("[0-9a-f]{32}", response.headers["x-request-id"])

    def test_of_two_ids_none_is_believed(self, tenants: Tenants) -> None:
        headers = httpx.Headers([("X-Request-Id", "one"), ("X-Request-Id", "two")])
        response = tenants.live.http.get("/health", headers=headers)
        assert re.fullmatch("[0-9a-f]{32}", response.headers["x-request-id"])

    def test_every_call_without_one_gets_its_own(self, tenants: Tenants) -> None:
        answers = [tenants.live.http.get("/health") for _ in range(5)]
        assert len({answer.headers["x-request-id"] for answer in answers}) == 5

    @pytest.mark.parametrize(
        ("path", "status"),
        [("/no-such-path", 404), ("/executions", 401), ("/executions/%00", 400)],
    )
    def test_refusals_carry_it_and_their_log_line_too(
        self, tenants: Tenants, path: str, status: int
    ) -> None:
        request_id = uuid.uuid4().hex
        response = tenants.live.http.get(path, headers={"X-Request-Id": request_id})
        assert (response.status_code, response.headers["x-request-id"]) == (status, request_id)
        assert logged(tenants.live, request_id).endswith(f"request_id={request_id}")

    def test_a_body_that_is_refused_carries_it(self, tenants: Tenants) -> None:
        response = tenants.post(b"{", headers={"X-Request-Id": "mine"})
        tenants.refusal(response, 400, "invalid_json")
        assert response.headers["x-request-id"] == "mine"

    def test_an_answer_that_came_later_carries_it(self, tenants: Tenants) -> None:
        """Small ones are made on the event loop, large ones in another thread."""
        for given in ({"sleep_s": 0.3}, {"sleep_s": 0.3, "pad": "x" * 100_000}):
            response = tenants.post(
                tenants.body(input_data=given), headers={"X-Request-Id": "later"}
            )
            assert (response.status_code, response.headers["x-request-id"]) == (200, "later")


def logged(live: Live, text: str) -> str:
    """The web server's log line that holds the text."""
    found: list[str] = []

    def look() -> bool:
        found[:] = [line for line in live.web.output().splitlines() if text in line]
        return bool(found)

    wait_until(look, what=f"{text} is logged")
    return found[0]
