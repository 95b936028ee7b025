"""openapi.json: what is checked in is what the code says, whole and without a tenant's data."""

import json
import re
from typing import Any

from platform_agents import errors
from platform_agents.openapi.document import text
from platform_agents.openapi.file import PATH
from platform_agents.openapi.routes import TABLE
from tests.live import Live
from tests.test_routes import CASES

_DESCRIBE_THEMSELVES = {"openapi.json", "docs"}


def document() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return made


def operations() -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


def test_what_is_checked_in_is_what_the_code_says() -> None:
    assert PATH.read_text(encoding="utf-8") == text(), "run: python manage.py openapi"


def test_every_route_is_described() -> None:
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route) for route in CASES}
    assert {path.removeprefix("/") for path in document()["paths"]} == (
        routes - _DESCRIBE_THEMSELVES
    )
    assert {path for _, path in TABLE} == set(document()["paths"])


def test_every_refusal_has_the_one_form_and_its_codes() -> None:
    for name, operation in operations().items():
        for status, response in operation["responses"].items():
            if int(status) < 400 or (name, status) == ("GET /health/ready", "503"):
                continue
            form, codes = response["content"]["application/json"]["schema"]["allOf"]
            assert form == {"$ref": "#/components/schemas/Refusal"}
            assert codes["properties"]["code"]["enum"], (name, status)


def test_every_error_of_the_table_is_described_somewhere() -> None:
    described = {
        (int(status), code)
        for operation in operations().values()
        for status, response in operation["responses"].items()
        if int(status) >= 400 and "allOf" in str(response)
        for code in response["content"]["application/json"]["schema"]["allOf"][1]["properties"][
            "code"
        ]["enum"]
    }
    known = {(status, error.code) for error, status in errors.STATUS.items()}  # type: ignore[attr-defined]
    assert known <= described


def test_what_needs_a_key_says_so_and_says_how_it_is_refused() -> None:
    for name, operation in operations().items():
        keyed = operation["security"] == [{"apiKey": []}]
        assert keyed == ("429" in operation["responses"]), name
        assert keyed or name.split()[1] in {
            "/health", "/health/ready", "/metrics", "/executions/{execution_id}/callback",
        }  # fmt: skip


def test_it_is_served_as_it_is_checked_in_and_only_when_it_changed(live: Live) -> None:
    response = live.http.get("/openapi.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.content == PATH.read_bytes()
    again = live.http.get("/openapi.json", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert live.http.head("/openapi.json").content == b""
    assert live.http.post("/openapi.json").status_code == 405
