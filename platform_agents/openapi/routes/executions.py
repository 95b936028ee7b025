"""One execution: reading it, ending it, answering what it waits for."""

from pydantic import BaseModel, Field

from agents.remote_contract import Answer as RemoteAnswer
from executions.answers import Answer, Decided, Detail, Page
from executions.approval_views import Decision
from executions.listing import ExecutionsQuery
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
