"""Agents written exactly as the customer's guide shows run unchanged, through the whole path."""

import pandas as pd
import pytest

from tests import factories
from tests.factories import Org
from tests.live import Live
from tests.processes import wait_until


@pytest.fixture
def org(live: Live) -> Org:
    return factories.organization(live.db)


@pytest.mark.parametrize(
    "python_module", ["shout_agent", "agents.shout_agent", "tests.shout_agent"]
)
def test_constructor_config_and_envelope(live: Live, org: Org, python_module: str) -> None:
    factories.module(live.db, org=org, python_module=python_module, config={"suffix": "?"})
    answer = live.execute(org, python_module, {"text": "is it"}).json()
    assert answer["output"] == {"text": "IS IT?"}
    assert answer["execution_id"] != "exec_123"


def test_a_dict_of_pandas_figures(live: Live, org: Org) -> None:
    factories.module(live.db, org=org, python_module="describe_agent")
    rows = [{"a": 1, "b": 2.5}, {"a": 3, "b": 4.5}]
    answer = live.execute(org, "describe_agent", {"data": rows}).json()
    assert answer["output"] == pd.DataFrame(rows).describe().to_dict()


def test_success_false_is_a_failure_with_its_error(live: Live, org: Org) -> None:
    factories.module(live.db, org=org, python_module="failing_agent")
    answer = live.execute(org, "failing_agent", {}).json()
    assert (answer["status"], answer["error"]) == ("failed", "The shop is closed.")


def test_access_is_checked_and_steps_are_logged(live: Live, org: Org) -> None:
    factories.module(live.db, org=org, python_module="guarded_agent")
    answer = live.execute(org, "guarded_agent", {"task_id": "t-1"}).json()
    assert answer["output"] == {"owner_is_us": True, "connection": None}
    assert logged(live, answer["execution_id"]) == [
        "agent reported running", "agent reported completed",
    ]  # fmt: skip


def test_a_resource_of_another_organization_is_refused_by_the_agent(live: Live, org: Org) -> None:
    other = factories.organization(live.db, name="Globex")
    factories.module(live.db, org=org, python_module="guarded_agent")
    answer = live.execute(org, "guarded_agent", {"owner": other.id}).json()
    assert answer["error"] == "That resource belongs to somebody else."
    assert logged(live, answer["execution_id"])[-1] == "agent reported failed"


def logged(live: Live, execution_id: str) -> list[str]:
    rows: list[str] = []

    def both() -> bool:
        found = live.db.execute(
            "SELECT message FROM executions_event WHERE execution_id = %s AND kind = 'log' "
            "ORDER BY seq",
            [execution_id],
        )
        rows[:] = [message for (message,) in found.fetchall()]
        return len(rows) == 2

    wait_until(both, what="two lines of the log")
    return rows


def test_a_file_copied_with_its_relative_import_runs(live: Live, org: Org) -> None:
    factories.module(live.db, org=org, python_module="agents.reverse_agent")
    answer = live.execute(org, "agents.reverse_agent", {"text": "abc"}).json()
    assert answer["output"] == {"processed_text": "cba"}
