"""The Celery application and its one task: running, the agent, completed, and the answer.

Results do not go through Celery's result backend: the answer is published once, and the web process
that waits for it listens on one channel. That is the cheapest way there is. The message holds the
execution's id; its input is read with the UPDATE that marks it running.
"""

import json
import os
from typing import Any

import psycopg
import redis
from celery import Celery
from celery.signals import worker_process_init
from psycopg_pool import ConnectionPool

from benchmarks.peers import rows, work

NAME, REDIS_URL = os.environ["PEER_NAME"], os.environ["PEER_REDIS_URL"]
CHANNEL = f"bench:{NAME}:answers"
_connections: list[ConnectionPool[psycopg.Connection[Any]]] = []
_publisher = redis.Redis.from_url(REDIS_URL)

celery = Celery("peer", broker=REDIS_URL)
celery.conf.update(
    task_ignore_result=True,
    task_acks_late=True,  # a task whose worker dies is delivered again, as ours is
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=int(os.environ["PEER_PREFETCH"]),
    task_default_queue="runs",
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"global_keyprefix": f"bench:{NAME}:"},
)


@worker_process_init.connect
def _preload(**_: object) -> None:
    work.preload()


def _pool() -> ConnectionPool[psycopg.Connection[Any]]:
    """Of this process, opened at first use: after the fork. Prefork needs one connection."""
    if not _connections:
        _connections.append(ConnectionPool(
            os.environ["PEER_DSN"], min_size=1, max_size=int(os.environ["PEER_CONNECTIONS"]),
            kwargs={"autocommit": True, "prepare_threshold": 0}, open=True, timeout=60,
        ))  # fmt: skip
    return _connections[0]


@celery.task(name="run")
def run(execution_id: str, module: str) -> None:
    with _pool().connection() as db:
        row = db.execute(rows.START, [execution_id]).fetchone()
    if row is None:
        return  # delivered twice; the first one completed it
    output, error = _run(module, json.loads(row[0]))
    status = "failed" if error else "completed"
    text = json.dumps(output)
    with _pool().connection() as db:
        db.execute(rows.FINISH, [status, text, error, execution_id])
    answer = (
        f'{{"execution_id": "{execution_id}", "status": "{status}", '
        f'"output": {text}, "error": {json.dumps(error)}}}'
    )
    _publisher.publish(CHANNEL, f"{execution_id}{answer}")


def _run(module: str, input_data: dict[str, Any]) -> tuple[Any, str | None]:
    try:
        return work.WORK[module](input_data), None
    except Exception as failure:  # noqa: BLE001 (the run's outcome)
        return None, str(failure)
