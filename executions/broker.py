"""django-q2's broker: hands out drain tokens, and carries ordinary tasks.

The rows of executions_run are the queue, and the workers claim them themselves; all that
django-q2's own queue carries for executions is a constant token that says "drain". Ordinary
`async_task` calls and django-q2 schedules go through django-q2's table as ever and come first.
"""

from typing import Any

from django.db import OperationalError, close_old_connections, connection, transaction
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.signing import SignedPackage

from executions import family, wakeups
from platform_agents.postgres.prepared import fetch

DRAIN = "drain"
# By hand: asked before every token, and building it with the ORM would cost the pusher, which does
# little else, more than a megabyte.
_WAITING = "SELECT EXISTS (SELECT FROM django_q_ormq WHERE key = %s AND lock <= now())"


class RowBroker(ORM):  # type: ignore[misc]
    def __init__(self, list_key: str | None = None) -> None:
        super().__init__(list_key)
        self._token = SignedPackage.dumps(_drain_task())
        self._down = family.Backoff()

    def info(self) -> str:
        return "rows of executions_run, with drain tokens"

    def enqueue(self, task: str) -> int:
        pk: int = super().enqueue(task)
        transaction.on_commit(_announce, robust=True)
        return pk

    def dequeue(self) -> list[tuple[Any, str]]:
        """Ordinary tasks when there are any, else one drain token. Called by the pusher, which
        then blocks until a worker takes it: tokens never pile up."""
        try:
            tasks = super().dequeue() if self.has_ordinary_tasks() else None
            self._down.reset()
        except OperationalError:
            self._down.wait()  # the database is away; tokens keep the workers looking for it
            tasks = None
        return tasks or [(DRAIN, self._token)]

    def has_ordinary_tasks(self) -> bool:
        close_old_connections()
        [(waiting,)] = fetch(_WAITING, [self.list_key])
        return bool(waiting)

    def acknowledge(self, task_id: Any) -> None:
        if task_id != DRAIN:
            super().acknowledge(task_id)

    def fail(self, task_id: Any) -> None:
        if task_id != DRAIN:
            super().fail(task_id)

    def set_stat(self, key: str, value: str, timeout: int) -> None:
        """Twice a second into a cache nobody shares would be waste; executions_worker has the
        beats."""


def _announce() -> None:
    with connection.cursor() as cursor:
        wakeups.announce(cursor, wakeups.TASK_QUEUED, [""])


def _drain_task() -> dict[str, Any]:
    return {
        "id": DRAIN,
        "name": DRAIN,
        "func": "executions.worker.drain",
        "args": (),
        "kwargs": {},
        "started": None,
        "cluster": Conf.CLUSTER_NAME,
        "save": False,
    }
