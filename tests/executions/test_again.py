"""`run_again` for callers inside: what no body's limit protects them from."""

from typing import Any

import pytest

from executions.again import run_again
from executions.errors import InvalidInputData
from executions.models import Run
from tests import factories
from tests.executions.test_dispatch import Connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def finished() -> tuple[str, str]:
    """(organization, execution)"""
    db = Connection()
    org = factories.organization(db)
    module = factories.module(db, org=org)
    row = factories.gateway_row(
        db, org=org, module_id=module, status="completed", input_data={"text": "x" * 200}
    )
    return org.id, row


def again(finished: tuple[str, str], **given: Any) -> Run:
    org_id, execution_id = finished
    submitted = run_again(org_id, execution_id, config="current", requested_by="user:ann", **given)
    return Run.objects.for_org(org_id).get(execution_id=submitted.execution_id)


def test_who_asked_and_where_is_kept(finished: tuple[str, str]) -> None:
    run = again(finished, origin=Run.Origin.ADMIN)
    assert (run.requested_by, run.origin) == ("user:ann", "admin")
    assert run.retry_of == finished[1]


@pytest.mark.parametrize("given", [None, {"text": "ü" * 60}])
def test_an_input_that_is_too_large_is_refused(
    finished: tuple[str, str], settings: Any, given: Any
) -> None:
    settings.MAX_BODY_BYTES = 100
    with pytest.raises(InvalidInputData) as refused:
        again(finished, input_data=given)
    [why] = refused.value.errors["input_data"]
    assert "at most 100" in why
    assert not Run.objects.for_org(finished[0]).exists()
    assert again(finished, input_data={"text": "short"})
