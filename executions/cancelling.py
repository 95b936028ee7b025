"""`cancel`: end an execution and all that it called.

What is queued ends here and can never start. What runs is marked, and its worker is told; how it
then ends is the worker's to say, and an agent that finishes first has finished.
"""

import logging
from functools import partial

from django.db import InterfaceError, OperationalError, connection, transaction

from executions import children, sql
from executions.errors import AlreadyFinished, ExecutionNotFound
from executions.models import Run
from platform_agents.tenancy import audit

logger = logging.getLogger(__name__)

_CANCEL = sql.read("cancel.sql")


def cancel(org_id: str, execution_id: str, *, by: str, address: str = "") -> bool:
    """True when it has ended, False when it runs and has been asked to end. by: for the audit.

    Raises ExecutionNotFound, or AlreadyFinished.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CANCEL, {"ids": [execution_id], "orgs": [org_id]})
        rows = cursor.fetchall()
        states = {row[0]: row[1] for row in rows}
        if execution_id not in states:
            raise _refusal(org_id, execution_id)
        audit.record(
            "execution.cancelled", by=by, model="executions.run", object_id=execution_id,
            org_id=org_id, after={"executions": len(rows)}, address=address,
        )  # fmt: skip
    transaction.on_commit(partial(_announce, rows))
    return bool(states[execution_id] == Run.State.DONE)


def _refusal(org_id: str, execution_id: str) -> Exception:
    run = Run.objects.for_org(org_id).filter(execution_id=execution_id).first()
    if run is None:
        return ExecutionNotFound("No such execution in this organization.")
    return AlreadyFinished(f"The execution has finished already: {run.outcome}.")


def _announce(rows: list[children.Cancelled]) -> None:
    """Best effort: the waiters' own look and the worker's heartbeat find it, too."""
    try:
        with connection.cursor() as cursor:
            children.tell(cursor, rows)
    except (OperationalError, InterfaceError) as error:
        logger.warning("a cancel was not announced: %s", str(error).partition("\n")[0])
