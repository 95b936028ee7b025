"""The web server ends while callers wait."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from tests import factories
from tests.live import Live
from tests.processes import wait_until


def test_sigterm_answers_waiting_callers_with_202(breakable: Callable[..., Live]) -> None:
    live = breakable(STOP_GRACE_SECONDS="0.5")
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="echo")
    answers: list[Any] = []

    def call() -> None:
        answers.append(live.execute(org, "echo", {"sleep_s": 300}))

    callers = [threading.Thread(target=call) for _ in range(3)]
    for caller in callers:
        caller.start()
    running = "SELECT count(*) FROM executions_run WHERE state = 'running'"
    wait_until(lambda: live.db.execute(running).fetchone() == (3,), what="all three run")

    os.kill(live.web.pid, signal.SIGTERM)
    for caller in callers:
        caller.join(20)

    assert [answer.status_code for answer in answers] == [202, 202, 202]
    assert {answer.json()["status"] for answer in answers} == {"running"}
    live.web.popen.wait(timeout=20)
