"""docs/errors.md: every code that the API can answer with, and no other."""

import re
from collections.abc import Iterator

import pytest
from rest_framework import exceptions

from executions import errors as executions
from executions.parsers import BodyTooLarge
from modules import errors as modules
from modules.schedule_rules import InvalidSchedule
from platform_agents.errors import OTHER, STATUS, handle
from tests.processes import ROOT

NEVER_ANSWERED = {
    executions.ExecutionError,
    executions.OrganizationNotFound,
    modules.ModuleError,
    InvalidSchedule,
}
"""The roots, and what is raised at the console or in the admin only."""
_ROW = re.compile(r"^\| `(\w+)` \| (\d{3}) \| (.+) \| (.+) \|$", re.MULTILINE)
_LITERAL = re.compile(r"""["']?code["']?[:=] ?["'](\w+)["']""")


def documented() -> dict[str, int]:
    rows = _ROW.findall((ROOT / "docs" / "errors.md").read_text())
    assert all(meaning.endswith(".") and advice.endswith(".") for *_, meaning, advice in rows)
    codes = [code for code, *_ in rows]
    assert len(codes) == len(set(codes))
    return {code: int(status) for code, status, *_ in rows}


def classes(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for below in root.__subclasses__():
        yield from classes(below)


def test_the_table_has_the_codes_and_statuses_that_are_answered() -> None:
    by_class = {error.code: status for error, status in STATUS.items()}  # type: ignore[attr-defined]
    assert not by_class.keys() & OTHER.keys()
    assert documented() == by_class | OTHER


def test_every_error_class_has_a_status() -> None:
    ours = {*classes(executions.ExecutionError), *classes(modules.ModuleError)}
    product = {error for error in ours if not error.__module__.startswith("tests")}
    assert product - NEVER_ANSWERED <= STATUS.keys()


@pytest.mark.parametrize(
    "error",
    [
        exceptions.ParseError(),
        exceptions.AuthenticationFailed(),
        exceptions.MethodNotAllowed("PUT"),
        exceptions.UnsupportedMediaType("x"),
        BodyTooLarge(),
    ],
)
def test_what_the_framework_refuses_has_a_documented_code(error: Exception) -> None:
    response = handle(error, {})
    assert response is not None
    assert documented()[response.data["code"]] == response.status_code


def test_no_code_is_written_anywhere_that_the_table_does_not_have() -> None:
    """Where answers are made by hand: in the roof, and in the views below."""
    files = [*(ROOT / "platform_agents").glob("*.py"), *ROOT.glob("*/*views.py")]
    found = {code for file in files for code in _LITERAL.findall(file.read_text())}
    assert {"request_timeout", "method_not_allowed", "invalid_request"} <= found
    assert found <= documented().keys()
