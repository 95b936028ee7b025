"""Agents written exactly as the customer's guide shows run unchanged, through the whole path."""

import pandas as pd
import pytest

from tests import factories
from tests.factories import Org
from tests.live import Live


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
