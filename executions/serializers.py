"""JSON at the edge: request bodies to typed requests, rows to the contract's answers."""

import json
from typing import Any, NoReturn, TypeVar

from django.http import HttpResponse
from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError
from rest_framework.exceptions import ParseError

from agents.encoding import jsonable
from agents.errors import InvalidOutput
from agents.secrets import NAME
from agents.validation import error_paths
from executions.answers import (
    Answer,
    ApprovalState,
    AttemptDetail,
    Child,
    Detail,
    RunDetail,
    WaitingBecause,
)
from executions.approvals import shown_state
from executions.attempts import Attempt, attempts_of, total_s
from executions.errors import InvalidRequest, OrganizationMismatch
from executions.events import Result
from executions.models import Approval, Event, ModuleExecution, Run
from executions.times import json_time, seconds_between
from executions.waiting import Waiting
from platform_agents.shared_schema.fields import InvalidJson

_Id = Field(min_length=1, max_length=255)
_TimeoutS = Field(default=None, strict=True, gt=0, allow_inf_nan=False)
_StartWithinS = Field(default=None, strict=True, gt=0, le=86_400 * 366)


class ExecuteRequest(BaseModel):
    """Body of POST /execute. Unknown fields are refused: a typo must not be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    module_id: StrictStr = _Id
    org_id: StrictStr = _Id
    input_data: dict[str, Any]
    task_id: StrictStr | None = Field(default=None, min_length=1, max_length=255)
    execution_id: StrictStr | None = Field(default=None, min_length=1, max_length=255)
    timeout_s: float | None = _TimeoutS
    start_within_s: float | None = _StartWithinS
    webhook_url: StrictStr | None = Field(default=None, min_length=1, max_length=2000)
    webhook_secret_name: StrictStr | None = Field(default=None, pattern=f"^{NAME}$")


class BatchRequest(BaseModel):
    """Body of POST /execute/batch."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    module_id: StrictStr = _Id
    org_id: StrictStr = _Id
    inputs: list[dict[str, Any]] = Field(min_length=1, max_length=1000)
    task_id: StrictStr | None = Field(default=None, min_length=1, max_length=255)
    timeout_s: float | None = _TimeoutS
    start_within_s: float | None = _StartWithinS


R = TypeVar("R", bound=BaseModel)
S = TypeVar("S", ExecuteRequest, BatchRequest)


def request_in(body: Any, model: type[R]) -> R:
    """The request in `body`. Raises InvalidRequest (400)."""
    if not isinstance(body, dict):
        raise ParseError("The body must be a JSON object.")
    try:
        return model.model_validate(body)
    except ValidationError as error:
        errors = {path.removeprefix("body."): why for path, why in
                  error_paths(error, "body").items()}  # fmt: skip
        raise InvalidRequest("The request is not as expected.", errors) from error


def request_for(body: Any, model: type[S], *, org_id: str) -> S:
    """The same, of the organization `org_id` itself. Raises OrganizationMismatch (403) as well."""
    request = request_in(body, model)
    if request.org_id != org_id:
        raise OrganizationMismatch("org_id is not the organization of this API key.")
    return request


def finished(result: Result) -> HttpResponse:
    """The four fields that the gateway understands. The output is passed on as the text that is
    stored: a worker wrote it as strict JSON, and it may be large."""
    head = {"execution_id": result.execution_id, "status": result.status}
    body = (
        f'{json.dumps(head)[:-1]}, "output": {_json_or_text(result.output)}, '
        f'"error": {json.dumps(result.error)}}}'
    )
    return HttpResponse(body, content_type="application/json")


def unfinished(execution_id: str, status: str) -> Answer:
    return {"execution_id": execution_id, "status": status, "output": None, "error": None}


def _json_or_text(stored: str | None) -> str:
    """What the gateway, or a host gone wrong, wrote there may be no JSON: then it is a text."""
    if stored is None:
        return "null"
    try:
        json.loads(stored, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return json.dumps(stored)
    return stored


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _answer(execution: ModuleExecution) -> Answer:
    return {
        "execution_id": execution.id,
        "status": execution.status,
        "output": _output(execution.output),
        "error": execution.error,
    }


def detail(
    execution: ModuleExecution,
    run: Run | None,
    *,
    tried: list[Event],
    waiting: Waiting | None,
    children: list[Run],
    approvals: list[Approval],
) -> Detail:
    """GET /executions/{id}: the answer, the row, and the run behind it (null for rows of the
    gateway that were never submitted). tried: the events of its attempts that were followed by
    another. waiting: why it is still queued, None when it is not. children and approvals: what it
    called and asked, oldest first."""
    return {
        **_answer(execution),
        "module_id": execution.module_id,
        "task_id": execution.task_id,
        "input": _output(execution.input),
        "started_at": json_time(execution.started_at),
        "completed_at": json_time(execution.completed_at),
        "run": None if run is None else _run(run, execution, tried, waiting),
        "children": [_child(child) for child in children],
        "approvals": [approval(a, ended=run is None or run.outcome is not None) for a in approvals],
    }


def approval(asked: Approval, *, ended: bool) -> ApprovalState:
    """state: pending, approved, rejected, expired, or closed when the execution ended before."""
    return {
        "step": asked.step,
        "title": asked.title,
        "message": asked.message,
        "state": shown_state(asked, ended=ended),
        "asked_at": json_time(asked.asked_at),
        "expires_at": json_time(asked.expires_at),
        "decided_by": asked.decided_by or None,
        "decided_at": json_time(asked.decided_at),
        "comment": asked.comment,
    }


def _child(run: Run) -> Child:
    return {
        "execution_id": run.execution_id,
        "module_id": run.module_id,
        "agent": run.agent,
        "state": run.state,
        "outcome": run.outcome,
        "queued_at": json_time(run.queued_at),
        "finished_at": json_time(run.finished_at),
    }


def _run(
    run: Run, execution: ModuleExecution, tried: list[Event], waiting: Waiting | None
) -> RunDetail:
    """queued_s: until its first attempt began; run_s: of all attempts that ended together."""
    attempts = attempts_of(run, execution, tried)
    return {
        "state": run.state,
        "outcome": run.outcome,
        "agent": run.agent,
        "attempt": run.attempt,
        "max_attempts": run.max_attempts,
        "attempts": [_attempt(one) for one in attempts],
        "queued_s": seconds_between(run.queued_at, attempts[0].started_at if attempts else None),
        "run_s": total_s(attempts),
        "queued_at": json_time(run.queued_at),
        "claimed_at": json_time(run.claimed_at),
        "finished_at": json_time(run.finished_at),
        "origin": run.origin,
        "config_version": run.config_version,
        "retry_of": run.retry_of,
        "cancel_requested_at": json_time(run.cancel_requested_at),
        "next_attempt_at": _next_attempt_at(run),
        "parent": run.parent,
        "depth": run.depth,
        "usage": run.usage,
        "waiting_because": None if waiting is None else _waiting(waiting),
    }


def _attempt(attempt: Attempt) -> AttemptDetail:
    return {
        "attempt": attempt.number,
        "started_at": json_time(attempt.started_at),
        "finished_at": json_time(attempt.finished_at),
        "duration_s": attempt.duration_s,
        "outcome": attempt.outcome,
        "code": attempt.code,
        "error": attempt.error,
    }


def _waiting(waiting: Waiting) -> WaitingBecause:
    return {
        "reason": waiting.reason,
        "message": waiting.message,
        "step": waiting.step,
        "available_at": json_time(waiting.available_at),
        "organization": {
            "running": waiting.organization_running,
            "limit": waiting.organization_limit,
        },
        "module": {"running": waiting.module_running, "limit": waiting.module_limit},
        "ahead": waiting.ahead,
    }


def _next_attempt_at(run: Run) -> str | None:
    """After one that failed; a pause is told by waiting_because."""
    failed = run.attempt and _queued(run) and not run.suspended
    return json_time(run.available_at) if failed else None


def _queued(run: Run) -> bool:
    return run.state == Run.State.QUEUED


def _output(value: Any) -> Any:
    """Text in the column that is not JSON (another writer's) is shown as it is; integers that
    JavaScript would round are text, as in every output."""
    if isinstance(value, InvalidJson):
        return str(value)
    try:
        return jsonable(value)
    except InvalidOutput:
        return value  # another writer's, nested deeper than we would store
