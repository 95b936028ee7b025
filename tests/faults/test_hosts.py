"""Hosts in trouble: what their runs come to."""

from collections.abc import Callable

from tests import factories
from tests.live import Live


def test_a_host_that_cannot_load_its_agents_ends_its_runs_readably(
    breakable: Callable[..., Live],
) -> None:
    """Too little memory for pandas: the run must not hang until its deadline."""
    live = breakable(AGENT_MEMORY_MB="120")
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="data")
    answer = live.execute(org, "data", {"records": [{"a": 1}]}).json()
    assert answer["status"] == "failed"
    assert "could not start" in answer["error"] or "MemoryError" in answer["error"]
