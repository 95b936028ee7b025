"""Cancels against finishes: each execution has exactly one outcome, and every answer is true."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.executions.conftest import Tenants

_RACES, _SIDES = 1_000, 16


def test_a_thousand_races_have_one_outcome_each(tenants: Tenants) -> None:
    """Cancels come while the run is queued, claimed, in its host, finishing, or finished."""
    live, acme = tenants.live, tenants.acme

    def race(n: int) -> tuple[str, Any]:
        submitted = live.execute(
            acme, tenants.echo, {"n": n, "sleep_s": random.choice([0, 0, 0.001, 0.01])},
            prefer="respond-async",
        )  # fmt: skip
        assert submitted.status_code == 202, submitted.text
        execution_id = submitted.json()["execution_id"]
        answer = tenants.post({}, path=f"/executions/{execution_id}/cancel")
        return execution_id, answer

    with ThreadPoolExecutor(_SIDES) as pool:
        answers = dict(pool.map(race, range(_RACES)))

    for execution_id, answer in answers.items():
        detail = live.finished(acme, execution_id)
        outcome = detail["run"]["outcome"]
        said = answer.status_code, answer.json().get("status")
        if said == (200, "failed"):
            assert outcome == "cancelled"
        elif answer.status_code == 409:
            assert outcome == "completed"
        else:
            assert answer.status_code == 202
            assert outcome in {"cancelled", "completed"}
        if outcome == "completed":
            assert (detail["status"], detail["error"]) == ("completed", None)
        else:
            assert (detail["status"], detail["error"]) == ("failed", "Cancelled.")
            assert detail["output"] is None
    rows = live.db.execute(
        "SELECT count(*), count(*) FILTER (WHERE (outcome = 'completed') = (status = 'completed'))"
        " FROM executions_run JOIN public.module_executions ON id = execution_id"
        " WHERE execution_id = ANY (%s) AND state = 'done'",
        [list(answers)],
    ).fetchone()
    assert rows == (_RACES, _RACES)
