"""JSON at the edge: request bodies to typed requests, rows to the contract's answers."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError
from rest_framework.exceptions import ParseError

from agents.encoding import jsonable
from agents.errors import InvalidOutput
from agents.validation import error_paths
from executions.errors import InvalidRequest, OrganizationMismatch
from executions.models import ModuleExecution, Run
from platform_agents.shared_schema.fields import InvalidJson

_Id = Field(min_length=1, max_length=255)


class ExecuteRequest(BaseModel):
    """Body of POST /execute. Unknown fields are refused: a typo must not be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    module_id: StrictStr = _Id
    org_id: StrictStr = _Id
    input_data: dict[str, Any]
    task_id: StrictStr | None = Field(default=None, min_length=1, max_length=255)
    execution_id: StrictStr | None = Field(default=None, min_length=1, max_length=255)


def execute_request(body: Any, *, org_id: str) -> ExecuteRequest:
    """The request in `body`. Raises InvalidRequest (400), OrganizationMismatch (403)."""
    if not isinstance(body, dict):
        raise ParseError("The body must be a JSON object.")
    try:
        request = ExecuteRequest.model_validate(body)
    except ValidationError as error:
        errors = {path.removeprefix("body."): why for path, why in
                  error_paths(error, "body").items()}  # fmt: skip
        raise InvalidRequest("The request is not as expected.", errors) from error
    if request.org_id != org_id:
        raise OrganizationMismatch("org_id is not the organization of this API key.")
    return request


def answer(execution: ModuleExecution) -> dict[str, Any]:
    """The four fields that the gateway understands."""
    return {
        "execution_id": execution.id,
        "status": execution.status,
        "output": _output(execution.output),
        "error": execution.error,
    }


def detail(execution: ModuleExecution, run: Run | None) -> dict[str, Any]:
    """GET /executions/{id}: the answer, the row, and the run behind it (null for rows of the
    gateway that were never submitted)."""
    return {
        **answer(execution),
        "module_id": execution.module_id,
        "task_id": execution.task_id,
        "input": _output(execution.input),
        "started_at": _time(execution.started_at),
        "completed_at": _time(execution.completed_at),
        "run": None if run is None else _run(run),
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "state": run.state,
        "outcome": run.outcome,
        "agent": run.agent,
        "attempt": run.attempt,
        "max_attempts": run.max_attempts,
        "queued_at": _time(run.queued_at),
        "claimed_at": _time(run.claimed_at),
        "finished_at": _time(run.finished_at),
        "origin": run.origin,
        "usage": run.usage,
    }


def _output(value: Any) -> Any:
    """Text in the column that is not JSON (another writer's) is shown as it is; integers that
    JavaScript would round are text, as in every output."""
    if isinstance(value, InvalidJson):
        return str(value)
    try:
        return jsonable(value)
    except InvalidOutput:
        return value  # another writer's, nested deeper than we would store


def _time(value: Any) -> str | None:
    return None if value is None else value.isoformat().replace("+00:00", "Z")
