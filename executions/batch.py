"""`submit_all`: many inputs for one module, all of them or none.

What `dispatch.submit` is for one. Everything is checked first, then everything is written by one
statement, and the workers are woken once.
"""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction

from executions import announcing, sql
from executions.acceptance import check_input, check_task, run_of_key
from executions.dispatch import new_execution_id
from executions.errors import IdempotencyConflict, InvalidInputData
from executions.models import Run
from executions.submission import Submission, fingerprint, input_text, row
from modules.errors import ModuleNotFound
from modules.lookup import RunnableModule, runnable

_ENQUEUE = sql.read("enqueue_batch.sql")
_MOST_FINDINGS = 50
_OTHER_REQUEST = "This Idempotency-Key was used before, with another request."


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Like a `Submission`, of many inputs. idempotency_key is the whole call's."""

    org_id: str
    module: str
    inputs: list[dict[str, Any]]
    task_id: str | None = None
    requested_by: str = ""
    idempotency_key: str | None = None
    timeout_s: float | None = None
    start_within_s: float | None = None

    def keys(self) -> list[str | None]:
        """One for each execution, so that the same call finds them all again. The first has the
        call's own: it is taken, for single calls too."""
        key = self.idempotency_key
        if key is None:
            return [None] * len(self.inputs)
        return [key, *(f"batch:{n}:{key}" for n in range(1, len(self.inputs)))]

    def fingerprint(self) -> str:
        return fingerprint(
            "batch", self.module, self.inputs, self.task_id, self.timeout_s, self.start_within_s
        )


def submit_all(batch: Batch) -> list[str]:
    """Ids of the executions, in the order of the inputs.

    Raises ModuleError, InvalidInputData, TaskNotFound or IdempotencyConflict; then nothing was
    written. The same key with the same request again is the same executions.
    """
    if earlier := run_of_key(batch.org_id, batch.idempotency_key):
        return _repeated(batch, earlier)
    check_task(batch.org_id, batch.task_id)
    target = runnable(batch.org_id, batch.module)
    _check_inputs(target, batch.inputs)
    new = _rows(batch, target)
    with transaction.atomic():
        execution_ids = _insert(new)
        announcing.queued(new["lane"], execution_ids)
    return execution_ids


def _check_inputs(target: RunnableModule, inputs: list[dict[str, Any]]) -> None:
    """Raises InvalidInputData with what is wrong in all of them, up to a bound."""
    errors: dict[str, list[str]] = {}
    for n, given in enumerate(inputs):
        try:
            check_input(target, given, path=f"inputs.{n}")
        except InvalidInputData as error:
            errors |= error.errors
        if len(errors) >= _MOST_FINDINGS:
            break
    if errors:
        shown = dict(list(errors.items())[:_MOST_FINDINGS])
        raise InvalidInputData("Not all inputs fit the module's agent; none was taken.", shown)


def _rows(batch: Batch, target: RunnableModule) -> dict[str, Any]:
    """The parameters of enqueue_batch.sql: those of one execution, and what differs."""
    ids = sorted(new_execution_id() for _ in batch.inputs)
    alike = Submission(
        org_id=batch.org_id,
        module=batch.module,
        input_data=batch.inputs[0],
        task_id=batch.task_id,
        requested_by=batch.requested_by,
        timeout_s=batch.timeout_s,
        start_within_s=batch.start_within_s,
    )
    return {
        **row(alike, target, ids[0], unless_changed=False),
        "ids": ids,
        "inputs": [input_text(given) for given in batch.inputs],
        "keys": batch.keys(),
        "request_hash": None if batch.idempotency_key is None else batch.fingerprint(),
    }


def _insert(new: dict[str, Any]) -> list[str]:
    """Raises IdempotencyConflict, which must roll back: another call with the key came first."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ENQUEUE, new)
            found = cursor.fetchall()
    except IntegrityError as error:
        # The module, task or organization was deleted since we looked.
        raise ModuleNotFound("The module or task was deleted meanwhile.") from error
    if any(request_hash != new["request_hash"] for _, request_hash in found):
        raise IdempotencyConflict(_OTHER_REQUEST)
    return [execution_id for execution_id, _ in found]


def _repeated(batch: Batch, earlier: Run) -> list[str]:
    """Those that are still there: runs may be deleted in the course of time."""
    if earlier.request_hash != batch.fingerprint():
        raise IdempotencyConflict(_OTHER_REQUEST)
    keys = batch.keys()
    runs = Run.objects.for_org(batch.org_id).filter(idempotency_key__in=keys)
    found = dict(runs.values_list("idempotency_key", "execution_id"))
    return [found[key] for key in keys if key in found]
