"""An agent may say how many of its runs a host takes at once; the others wait there."""

from tests import factories
from tests.executions.conftest import Tenants
from tests.processes import wait_until


def submit(tenants: Tenants, module: str, *, n: int, sleep_s: float) -> list[str]:
    answers = [
        tenants.live.execute(tenants.acme, module, {"sleep_s": sleep_s}, prefer="respond-async")
        for _ in range(n)
    ]
    return [answer.json()["execution_id"] for answer in answers]


def test_no_more_than_it_says_and_all_get_their_turn(tenants: Tenants) -> None:
    module = factories.module(tenants.live.db, org=tenants.acme, python_module="narrow")
    ids = submit(tenants, module, n=12, sleep_s=0.1)
    found = [tenants.live.finished(tenants.acme, execution_id)["output"] for execution_id in ids]
    assert set(found) <= {1, 2}
    assert 2 in found


def test_one_that_waits_its_turn_is_cancelled_and_its_neighbours_go_on(tenants: Tenants) -> None:
    module = factories.module(tenants.live.db, org=tenants.acme, python_module="narrow")
    ids = submit(tenants, module, n=10, sleep_s=1.5)  # two workers: four run, six wait
    running = "SELECT count(*) FROM executions_run WHERE state = 'running' AND module_id = %s"
    wait_until(
        lambda: tenants.live.db.execute(running, [module]).fetchone() == (10,), what="all are there"
    )
    last = ids[-1]
    tenants.post({}, path=f"/executions/{last}/cancel")
    outcomes = {
        execution_id: tenants.live.finished(tenants.acme, execution_id)["run"]["outcome"]
        for execution_id in ids
    }
    assert outcomes.pop(last) == "cancelled"
    assert set(outcomes.values()) == {"completed"}
    attempts = tenants.live.db.execute(
        "SELECT max(attempt) FROM executions_run WHERE module_id = %s", [module]
    ).fetchone()
    assert attempts == (1,), "no host had to be killed"
