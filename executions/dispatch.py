"""`submit`: the only door into the queue.

Checks everything that can be known before the run (module, agent, config, input, task), then
writes the gateway's row and ours in one statement. Refused work leaves nothing behind. The wake-up
comes afterwards, never inside that commit (see `wakeups`).
"""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from uuid_utils import uuid7

from executions import announcing, sql, wakeups
from executions.acceptance import check_input, check_task, run_of_key
from executions.crowd import Crowd
from executions.errors import (
    AlreadySubmitted,
    ExecutionNotFound,
    IdempotencyConflict,
    InvalidInputData,
)
from executions.models import ModuleExecution, Run
from executions.submission import Submission, row
from modules.errors import ModuleNotFound
from modules.lookup import RunnableModule, known, runnable
from modules.pinned import pinned
from platform_agents.postgres.prepared import fetch

_submitting = Crowd()
_ENQUEUE = sql.read("enqueue.sql")
_ADOPT = sql.read("adopt.sql")


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """The execution that answers the call: a new one, or that of the same call before."""

    execution_id: str
    finished: bool = False
    repeated: bool = False


def new_execution_id() -> str:
    """UUIDv7: ordered by time, so that new rows sit together in the primary key's index."""
    return str(uuid7())


def submit(submission: Submission, *, execution_id: str) -> Submitted:
    """Queue one execution under `execution_id` (the adopted row's id when adopting).

    Raises ModuleError, InvalidInputData, TaskNotFound, ExecutionNotFound, AlreadySubmitted,
    IdempotencyConflict or AuthenticationFailed. The same idempotency key, or the same row to adopt,
    with the same request again is not an error: it is the same execution.
    """
    if submission.simple and (submitted := _as_known(submission, execution_id)):
        return submitted
    if submission.prove is not None:
        submission.prove()
    if submission.simple:
        return _submit_to(runnable(submission.org_id, submission.module), submission, execution_id)
    return _submit_with_more(submission, execution_id)


def _submit_with_more(submission: Submission, execution_id: str) -> Submitted:
    """One that names more than a module: a key, a task, a version, a row to adopt."""
    if earlier := run_of_key(submission.org_id, submission.idempotency_key):
        return _repeated(earlier, submission.fingerprint(), awaited=submission.awaited)
    check_task(submission.org_id, submission.task_id)
    if submission.config_version is not None:
        return _submit_pinned(submission, execution_id, submission.config_version)
    if submission.adopt is None and (submitted := _as_known(submission, execution_id)):
        return submitted
    return _submit_to(runnable(submission.org_id, submission.module), submission, execution_id)


def _submit_pinned(submission: Submission, execution_id: str, version: int) -> Submitted:
    """In one transaction: nobody deletes the version before the run holds it."""
    with transaction.atomic():
        target = pinned(submission.org_id, submission.module, version=version)
        return _submit_to(target, submission, execution_id)


def _submit_to(target: RunnableModule, submission: Submission, execution_id: str) -> Submitted:
    check_input(target, submission.input_data)
    new = row(submission, target, execution_id, unless_changed=False)
    if submission.adopt is None:
        return _queued(new) or Submitted(execution_id=execution_id)
    submitted = _adopt(submission, new)
    if not submitted.repeated:
        _announce(new)
    return submitted


def _as_known(submission: Submission, execution_id: str) -> Submitted | None:
    """By what we know of the module and the key, without asking: the insert asks whether it still
    holds. None when we know nothing, or nothing that is still true, or would refuse the call."""
    target = known(submission.org_id, submission.module)
    if target is None:
        return None
    try:
        check_input(target, submission.input_data)
    except InvalidInputData:
        return None
    return _queued(row(submission, target, execution_id, unless_changed=True))


def _queued(new: dict[str, Any]) -> Submitted | None:
    """None when the module has changed, or the key does not hold any more."""
    with _submitting as alone:
        new["announce"] = alone and wakeups.in_sql()
        submitted = _insert(new)
    if submitted is not None and not submitted.repeated:
        _announce(new)
    return submitted


def _announce(new: dict[str, Any]) -> None:
    announcing.queued(new["lane"], [new["id"]], told=bool(new.get("announce")))


def _repeated(run: Run, fingerprint: str | None, *, awaited: bool) -> Submitted:
    if run.request_hash != fingerprint:
        raise IdempotencyConflict("This Idempotency-Key was used before, with another request.")
    if awaited and not run.awaited and run.state != Run.State.DONE:
        Run.objects.for_org(run.org_id).filter(execution_id=run.execution_id).update(awaited=True)
    return Submitted(
        execution_id=run.execution_id, finished=run.state == Run.State.DONE, repeated=True
    )


def _insert(new: dict[str, Any]) -> Submitted | None:
    """Two calls with the same key at once: the second waits for the first, then finds its run.
    None when the module has changed, or the key does not hold any more."""
    try:
        rows = fetch(_ENQUEUE, new)
    except IntegrityError as error:
        if _is_there(error):  # the answer was lost with its connection, and we sent it again
            return Submitted(execution_id=new["id"])
        # The module, task or organization was deleted since we looked.
        raise ModuleNotFound("The module or task was deleted meanwhile.") from error
    if not rows:
        return None
    [(execution_id, request_hash, state, _)] = rows
    if execution_id == new["id"]:
        return Submitted(execution_id=execution_id)
    found = Run(
        execution_id=execution_id, request_hash=request_hash, state=state, awaited=new["awaited"]
    )
    return _repeated(found, new["request_hash"], awaited=new["awaited"])


def _is_there(error: IntegrityError) -> bool:
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) == "executions_run_pkey"


def _adopt(submission: Submission, new: dict[str, Any]) -> Submitted:
    """Make the gateway's row ours to run, or find the run that it has already."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_ADOPT, new)
            adopted = cursor.fetchone() is not None
    except IntegrityError:
        adopted = False  # it, or the key, has a run already: the same request twice, or another
    if adopted:
        return Submitted(execution_id=new["id"])
    if earlier := run_of_key(submission.org_id, submission.idempotency_key):
        return _repeated(earlier, new["request_hash"], awaited=new["awaited"])
    return _adopted_before(new)


def _adopted_before(new: dict[str, Any]) -> Submitted:
    run = Run.objects.for_org(new["org_id"]).filter(execution_id=new["id"]).first()
    if run is not None and run.request_hash == new["request_hash"]:
        return _repeated(run, new["request_hash"], awaited=new["awaited"])
    if run is None and _foreign_or_missing(new):
        raise ExecutionNotFound("No such execution in this organization.")
    if run is None:
        raise AlreadySubmitted("The execution is not pending, or belongs to another module.")
    raise AlreadySubmitted("The execution was submitted already, with another input or module.")


def _foreign_or_missing(new: dict[str, Any]) -> bool:
    return not ModuleExecution.objects.for_org(new["org_id"]).filter(id=new["id"]).exists()
