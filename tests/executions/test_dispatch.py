"""`submit` inside one process: what it says to its caller."""

import uuid
from typing import Any

import pytest
from django.db import connection

from executions.dispatch import submit
from executions.errors import InvalidInputData
from executions.models import ModuleExecution, Run
from executions.submission import Submission
from tests import factories

pytestmark = pytest.mark.django_db


class Connection:
    """Django's connection, as the factories want one."""

    def execute(self, query: str, params: Any = None) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(query, params)


def test_a_repeated_call_for_a_finished_execution_has_nothing_to_wait_for() -> None:
    db = Connection()
    org = factories.organization(db)
    module_id = factories.module(db, org=org)
    row = factories.gateway_row(db, org=org, module_id=module_id)
    call = Submission(org_id=org.id, module=module_id, input_data={"b": 1, "a": 2}, adopt=row)

    assert not submit(call, execution_id=row).finished
    assert not submit(call, execution_id=row).finished
    db.execute(
        "UPDATE executions_run SET state = 'done', outcome = 'completed' WHERE execution_id = %s",
        [row],
    )
    assert submit(call, execution_id=row).finished


def test_a_new_call_is_waited_for() -> None:
    db = Connection()
    org = factories.organization(db)
    module_id = factories.module(db, org=org)
    call = Submission(org_id=org.id, module=module_id, input_data={})
    assert not submit(call, execution_id=uuid.uuid4().hex).finished


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_an_input_that_json_cannot_say_is_refused_whoever_submits_it(value: object) -> None:
    """The API's parser reads none of these, but it is not the only door."""
    db = Connection()
    org = factories.organization(db)
    module_id = factories.module(db, org=org)
    call = Submission(org_id=org.id, module=module_id, input_data={"a": [value]})
    with pytest.raises(InvalidInputData, match="JSON text cannot"):
        submit(call, execution_id=uuid.uuid4().hex)
    assert not Run.objects.for_org(org.id).exists()


def test_words_that_look_like_numbers_and_large_integers_stay_as_they_are() -> None:
    db = Connection()
    org = factories.organization(db)
    module_id = factories.module(db, org=org)
    given = {"a": "NaN", "b": "Infinity", "c": 2**70}
    call = Submission(org_id=org.id, module=module_id, input_data=given)
    execution_id = submit(call, execution_id=uuid.uuid4().hex).execution_id
    assert ModuleExecution.objects.for_org(org.id).get(pk=execution_id).input == given
