"""Running a module."""

from executions.answers import Answer, BatchAccepted
from executions.serializers import BatchRequest, ExecuteRequest
from platform_agents.openapi.operation import Operation, Reply, Table

TAG = {"name": "execute", "description": "Run a module."}

_ID = "01a2056b-a6e3-7462-b0c8-8f5eb89f7e7f"
_ASKED = {
    "module_id": "nlp_processor",
    "org_id": "org-1",
    "input_data": {"operation": "sentiment", "text": "I love it."},
}
_COMPLETED = {
    "execution_id": _ID, "status": "completed",
    "output": {"label": "positive", "score": 0.98}, "error": None,
}  # fmt: skip
_FAILED = {
    "execution_id": _ID, "status": "failed", "output": None,
    "error": "The model server did not answer within 30 s.",
}  # fmt: skip
_RUNNING = {"execution_id": _ID, "status": "running", "output": None, "error": None}

ENDED = Reply(
    what="It has ended: completed, or failed with a readable error.",
    body=Answer,
    examples={"completed": _COMPLETED, "failed": _FAILED},
    leads_to=("getExecution",),
)
ACCEPTED = Reply(
    what="Accepted, and not ended yet. Ask again at Location.",
    body=Answer,
    headers=("Location", "Retry-After"),
    examples={"running": _RUNNING},
    leads_to=("getExecution", "cancelExecution"),
)

_REFUSED = {
    400: ("invalid_input",),
    403: ("organization_mismatch",),
    404: ("module_not_found", "task_not_found"),
    409: (
        "module_ambiguous", "module_not_active", "unknown_agent", "invalid_module_config",
        "idempotency_conflict",
    ),
}  # fmt: skip

TABLE: Table = {
    ("POST", "/execute/batch"): Operation(
        id="executeBatch",
        tag="execute",
        summary="Run a module for many inputs",
        text="All are accepted, or none. Each counts towards the limits of runs. Nobody waits "
        "here, whatever `Prefer` says.",
        body=BatchRequest,
        examples={
            "two texts": {
                "module_id": "nlp_processor",
                "org_id": "org-1",
                "inputs": [{"text": "I love it."}, {"text": "I do not."}],
            }
        },
        headers=("Idempotency-Key",),
        replies={202: Reply(what="Accepted, all of them.", body=BatchAccepted)},
        refusals=_REFUSED,
    ),
    ("POST", "/execute"): Operation(
        id="execute",
        tag="execute",
        summary="Run a module, and wait for its result",
        text="`module_id` is a module's id, else its `python_module`, else its name. A run that "
        "takes longer than the call waits is answered 202 and goes on. `execution_id` names a "
        "pending row of `module_executions` to use instead of a new one.",
        body=ExecuteRequest,
        examples={"a module by its python_module": _ASKED},
        headers=("Prefer", "Idempotency-Key"),
        replies={200: ENDED, 202: ACCEPTED},
        refusals={
            **_REFUSED,
            404: (*_REFUSED[404], "execution_not_found"),
            409: (*_REFUSED[409], "already_submitted", "signing_unavailable"),
        },
    ),
}  # fmt: skip
