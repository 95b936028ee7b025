"""One execution: reading it, ending it, answering what it waits for."""

from pydantic import BaseModel, Field

from agents.remote_contract import Answer as RemoteAnswer
from executions.answers import Answer, Decided, Detail, EventsPage, Page
from executions.approval_views import Decision
from executions.event_views import EventsQuery
from executions.listing import ExecutionsQuery
from executions.retry_views import RetryRequest
from platform_agents.openapi.operation import Operation, Reply, Table
from platform_agents.openapi.routes.executing import ACCEPTED, ENDED

TAG = {"name": "executions", "description": "What became of it, and what to do about it."}


class CallbackQuery(BaseModel):
    token: str = Field(description="Part of the address.")


TABLE: Table = {
    ("GET", "/executions"): Operation(
        id="listExecutions",
        tag="executions",
        summary="The organization's executions, newest first, in pages",
        text="Without their inputs and outputs. Unknown parameters are refused.",
        query=ExecutionsQuery,
        replies={200: Reply(what="A page.", body=Page)},
        refusals={404: ("module_not_found",), 409: ("module_ambiguous",)},
    ),
    ("GET", "/executions/{execution_id}"): Operation(
        id="getExecution",
        tag="executions",
        summary="An execution, with its run, attempts and children",
        text="`run` is null for a row of `module_executions` that was never submitted. "
        "`run.waiting_because` says why a queued run does not run yet.",
        replies={200: Reply(what="As it stands now.", body=Detail)},
        refusals={404: ("execution_not_found",)},
    ),
    ("GET", "/executions/{execution_id}/events"): Operation(
        id="listEvents",
        tag="executions",
        summary="What an execution reported, in pages or as it happens",
        text="With `Accept: text/event-stream` it is a stream, which goes on after "
        "`Last-Event-ID`: `event` for each line, `state` when the execution changes, `end` with "
        "the answer of POST /execute.",
        query=EventsQuery,
        headers=("Last-Event-ID",),
        replies={200: Reply(what="A page, oldest first.", body=EventsPage)},
        refusals={
            404: ("execution_not_found",),
            406: ("stream_not_available",),
            429: ("too_many_subscribers",),
        },
    ),
    ("POST", "/executions/{execution_id}/retry"): Operation(
        id="retryExecution",
        tag="executions",
        summary="Run an execution again",
        text="A new execution of the same module, with `retry_of`. `config`: that of then (`same`) "
        "or of now (`current`). Answers as POST /execute does.",
        body=RetryRequest,
        examples={"as it was": {}, "with another input": {"input_data": {"text": "Better."}}},
        headers=("Prefer", "Idempotency-Key"),
        replies={200: ENDED, 202: ACCEPTED},
        refusals={
            400: ("invalid_input",),
            404: ("execution_not_found", "module_not_found", "task_not_found"),
            409: (
                "not_finished",
                "config_version_unknown",
                "module_not_active",
                "unknown_agent",
                "invalid_module_config",
                "idempotency_conflict",
            ),
        },
    ),
    ("POST", "/executions/{execution_id}/cancel"): Operation(
        id="cancelExecution",
        tag="executions",
        summary="End an execution",
        text="A queued one ends at once; a running one is asked to. After 202 it may still "
        "complete, when its agent finishes before it hears of it.",
        replies={200: ENDED, 202: ACCEPTED},
        refusals={404: ("execution_not_found",), 409: ("already_finished",)},
    ),
    ("POST", "/executions/{execution_id}/approvals/{step}"): Operation(
        id="decideApproval",
        tag="executions",
        summary="Approve or reject what an execution waits for",
        body=Decision,
        examples={"approve": {"decision": "approve", "comment": "Looks right."}},
        replies={200: Reply(what="The approval as it stands now.", body=Decided)},
        refusals={
            404: ("approval_not_found",),
            409: ("already_decided", "already_finished", "approval_expired"),
        },
    ),
    ("POST", "/executions/{execution_id}/callback"): Operation(
        id="answerExecution",
        tag="executions",
        summary="A remote server's later answer",
        text="For servers of modules with an `endpoint`. The address, with its token, comes with "
        "the request that they got; instead of a key, the body is signed.",
        body=RemoteAnswer,
        examples={"completed": {"output": {"rows": 3}}},
        query=CallbackQuery,
        headers=("X-Platform-Timestamp", "X-Platform-Signature"),
        replies={202: Reply(what="Taken down.", body=Answer, headers=("Location", "Retry-After"))},
        refusals={
            401: ("invalid_signature",),
            404: ("execution_not_found",),
            409: ("not_waiting", "invalid_module_config"),
        },
        key=False,
    ),
}
