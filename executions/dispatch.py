"""`submit`: the only door into the queue.

Checks everything that can be known before the run (module, agent, config, input, task), then
writes the gateway's row and ours in one statement. Refused work leaves nothing behind. The wake-up
is a statement of its own, committed without waiting for the disk: a lost one is caught by the
workers' idle look.
"""

import hashlib
import json
import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from pydantic import ValidationError
from uuid_utils import uuid7

from agents.validation import checked, error_paths
from executions import sql
from executions.errors import (
    AlreadySubmitted,
    ExecutionNotFound,
    InvalidInputData,
    TaskNotFound,
)
from executions.models import ModuleExecution, Run, Task
from modules.errors import ModuleNotFound
from modules.lookup import RunnableModule, runnable

logger = logging.getLogger(__name__)

_ENQUEUE = sql.read("enqueue.sql")
_ADOPT = sql.read("adopt.sql")
_WAKE = "SELECT set_config('synchronous_commit', 'off', true), pg_notify('run_queued', %s)"


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A wish to run a module. `module` is its id, python_module or name; `adopt` is the id of a
    pending row that the gateway inserted; requested_by names the key or user, for the audit."""

    org_id: str
    module: str
    input_data: dict[str, Any]
    task_id: str | None = None
    adopt: str | None = None
    origin: str = Run.Origin.API
    requested_by: str = ""


def new_execution_id() -> str:
    """UUIDv7: ordered by time, so that new rows sit together in the primary key's index."""
    return str(uuid7())


def submit(submission: Submission, *, execution_id: str) -> bool:
    """Queue one execution under `execution_id` (the adopted row's id when adopting). True when
    there is nothing to wait for: the same call came before, and its execution has finished.

    Raises ModuleError, InvalidInputData, TaskNotFound, ExecutionNotFound or AlreadySubmitted.
    Submitting an adopted row again with the same input is not an error: it is the same execution.
    """
    target = runnable(submission.org_id, submission.module)
    _check_input(target, submission.input_data)
    _check_task(submission)
    row = _row(submission, target, execution_id)
    if submission.adopt is None:
        _insert(row)
    elif not _adopted(row):
        return _earlier_call(row).state == Run.State.DONE
    _wake(row["lane"])
    return False


def _wake(lane: str) -> None:
    """The run is accepted by now: that the database went away since is no refusal."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_WAKE, [lane])
    except (OperationalError, InterfaceError) as error:
        logger.warning("a wake-up was lost: %s", str(error).partition("\n")[0])


def _check_input(target: RunnableModule, input_data: dict[str, Any]) -> None:
    try:
        checked(target.agent.cls.Input, input_data)
    except ValidationError as error:
        raise InvalidInputData(
            "input_data does not fit the module's agent.", error_paths(error, "input_data")
        ) from error


def _check_task(submission: Submission) -> None:
    if submission.task_id is None:
        return
    if not Task.objects.for_org(submission.org_id).filter(id=submission.task_id).exists():
        raise TaskNotFound("No such task in this organization.")


def _row(submission: Submission, target: RunnableModule, execution_id: str) -> dict[str, Any]:
    text = _json(submission.input_data)
    return {
        "id": execution_id,
        "org_id": submission.org_id,
        "module_id": target.module.id,
        "task_id": submission.task_id,
        "input": text,
        "agent": target.agent.name,
        "lane": target.agent.cls.lane,
        "max_attempts": settings.RUN_MAX_ATTEMPTS,
        "timeout_s": settings.RUN_TIMEOUT_SECONDS,
        "request_hash": _fingerprint(submission, target) if submission.adopt else None,
        "origin": submission.origin,
        "requested_by": submission.requested_by,
    }


def _json(input_data: dict[str, Any]) -> str:
    """Integers to the digit: unlike an output, an input is read by Python again."""
    try:
        text = json.dumps(input_data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode("utf-8")
    except ValueError as error:
        raise InvalidInputData("input_data holds something that JSON text cannot.") from error
    return text


def _fingerprint(submission: Submission, target: RunnableModule) -> str:
    """Equal for equal requests, whatever the order of their keys: is this the same call again?"""
    text = json.dumps([target.module.id, submission.input_data], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _insert(row: dict[str, Any]) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ENQUEUE, row)
    except IntegrityError as error:
        # The module, task or organization was deleted since we looked.
        raise ModuleNotFound("The module or task was deleted meanwhile.") from error


def _adopted(row: dict[str, Any]) -> bool:
    """Whether the gateway's row is now ours to run. False: see `_earlier_call`."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_ADOPT, row)
            return cursor.fetchone() is not None
    except IntegrityError:
        return False  # it has a run already: the same request twice, or another one


def _earlier_call(row: dict[str, Any]) -> Run:
    """The run of the same request, when that is why nothing was adopted; else raises."""
    run = Run.objects.for_org(row["org_id"]).filter(execution_id=row["id"]).first()
    if run is not None and run.request_hash == row["request_hash"]:
        return run
    if run is None and _foreign_or_missing(row):
        raise ExecutionNotFound("No such execution in this organization.")
    if run is None:
        raise AlreadySubmitted("The execution is not pending, or belongs to another module.")
    raise AlreadySubmitted("The execution was submitted already, with another input or module.")


def _foreign_or_missing(row: dict[str, Any]) -> bool:
    return not ModuleExecution.objects.for_org(row["org_id"]).filter(id=row["id"]).exists()
