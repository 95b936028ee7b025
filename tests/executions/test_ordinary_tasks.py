"""django-q2's own tasks and schedules go through our broker, beside executions in flight."""

import os
import subprocess
import sys

from tests import factories
from tests.live import Live
from tests.processes import ROOT, wait_until

ASYNC_TASK = """
import django; django.setup()
from django_q.tasks import async_task
async_task("django.db.connection.settings_dict.get", "NAME", save=True, group="ordinary")
"""


def run(live: Live, code: str) -> None:
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **live.env},
                   check=True, timeout=30)  # fmt: skip


def test_an_ordinary_task_runs_while_an_execution_is_in_flight(live: Live) -> None:
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="echo")
    accepted = live.execute(org, "echo", {"sleep_s": 5}, prefer="respond-async").json()

    run(live, ASYNC_TASK)

    def done() -> bool:
        row = live.db.execute(
            'SELECT success FROM django_q_task WHERE "group" = %s', ["ordinary"]
        ).fetchone()
        return row == (True,)

    wait_until(done, seconds=15, what="the ordinary task is done")
    assert live.db.execute("SELECT count(*) FROM django_q_ormq").fetchone() == (0,)
    assert live.finished(org, accepted["execution_id"])["status"] == "completed"
