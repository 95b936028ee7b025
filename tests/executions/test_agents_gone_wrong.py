"""Poison: whatever an agent does, its run ends with a readable error and the next one completes."""

import pytest

from tests import factories
from tests.factories import Org
from tests.live import Live


@pytest.fixture
def org(live: Live) -> Org:
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="poison")
    factories.module(live.db, org=org, python_module="io_poison")
    return org


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("raise", "IndexError"),
        ("system_exit", "I am leaving"),
        ("unserialisable", "object at $.it"),
        ("nan", "nan at $.a[1]"),
        ("nul", "NUL"),
        ("surrogate", "surrogate"),
        ("huge", "at most"),
        ("segfault", "SIGSEGV"),
        ("abort", "SIGABRT"),
        ("exit", "exit status 7"),
        ("kill_itself", "SIGKILL"),
        ("eat_memory", "MemoryError"),
        ("leave_a_child", "exit status 3"),
        ("close_channel", "ended unexpectedly"),
        ("garbage_frames", "ended unexpectedly"),
    ],
)
def test_it_fails_with_a_readable_error_and_the_next_run_completes(
    live: Live, org: Org, how: str, said: str
) -> None:
    answer = live.execute(org, "poison", {"how": how}).json()

    assert answer["status"] == "failed"
    assert said in answer["error"]
    assert "Traceback" not in answer["error"]
    assert live.execute(org, "poison", {"how": "nothing"}).json()["status"] == "completed"


@pytest.mark.parametrize("how", ["spin", "ignore_everything"])
@pytest.mark.parametrize("agent", ["poison", "io_poison"])
def test_code_that_never_ends_is_ended_at_its_deadline(
    short_live: Live, how: str, agent: str
) -> None:
    org = factories.organization(short_live.db)
    factories.module(short_live.db, org=org, python_module=agent)
    factories.module(short_live.db, org=org, python_module="echo")

    answer = short_live.execute(org, agent, {"how": how}).json()

    assert answer["status"] == "failed"
    assert answer["error"] == "Timed out after 1 seconds."
    detail = short_live.get(org, f"/executions/{answer['execution_id']}").json()
    assert detail["run"]["outcome"] == "timed_out"
    assert short_live.execute(org, "echo", {"a": 1}).json()["output"] == {"a": 1}


def test_an_agent_sees_no_credentials_and_no_connection(live: Live, org: Org) -> None:
    environment = live.execute(org, "poison", {"how": "environment"}).json()["output"]
    assert not {"DATABASE_URL", "SECRET_KEY", "EMBEDDED_POSTGRES_DIR"} & environment.keys()
    files = live.execute(org, "poison", {"how": "open_files"}).json()["output"]
    assert not [name for name in files if "postgres" in name]
    assert len([name for name in files if name.startswith("socket:")]) <= 3  # ours, asyncio's pair


def test_what_an_agent_prints_is_in_its_log(live: Live, org: Org) -> None:
    answer = live.execute(org, "poison", {"how": "print"}).json()
    messages = live.db.execute(
        "SELECT message FROM executions_event WHERE execution_id = %s", [answer["execution_id"]]
    ).fetchall()
    assert ("printed by an agent",) in messages


def test_a_crash_beside_others_does_not_fail_them(live: Live, org: Org) -> None:
    factories.module(live.db, org=org, python_module="echo")
    ids = [
        live.execute(org, "echo", {"n": n, "sleep_s": 1}, prefer="respond-async").json()
        for n in range(5)
    ]
    crash = live.execute(org, "io_poison", {"how": "segfault"}).json()
    assert "SIGSEGV" in crash["error"]
    for n, accepted in enumerate(ids):
        detail = live.finished(org, accepted["execution_id"])
        assert detail["status"] == "completed", detail
        assert detail["output"]["n"] == n


def test_agents_of_packages_run_in_a_process_of_their_organizations_own(
    live: Live, org: Org
) -> None:
    other = factories.organization(live.db, name="Other")
    factories.module(live.db, org=other, python_module="io_poison")

    def process_of(who: Org) -> int:
        pid = live.execute(who, "io_poison", {"how": "pid"}).json()["output"]
        assert isinstance(pid, int)
        return pid

    assert not {process_of(org) for _ in range(6)} & {process_of(other) for _ in range(6)}


def test_usage_that_cannot_be_stored_does_not_cost_the_run(live: Live, org: Org) -> None:
    answer = live.execute(org, "poison", {"how": "usage"}).json()
    assert answer["status"] == "completed"
    detail = live.get(org, f"/executions/{answer['execution_id']}").json()
    assert (detail["run"]["usage"], detail["run"]["attempt"]) == (None, 1)


def test_plain_functions_report_from_their_threads_without_a_mix_up(live: Live, org: Org) -> None:
    factories.module(live.db, org=org, python_module="chatter")
    calls = [live.execute(org, "chatter", {"lines": 500}, prefer="respond-async") for _ in range(6)]
    for call in calls:
        execution_id = call.json()["execution_id"]
        detail = live.finished(org, execution_id)
        assert (detail["output"], detail["run"]["attempt"]) == (500, 1)
        rows = live.db.execute(
            "SELECT message FROM executions_event WHERE execution_id = %s ORDER BY seq",
            [execution_id],
        ).fetchall()
        assert [row[0].split()[0] for row in rows] == [str(n) for n in range(500)]
