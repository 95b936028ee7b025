"""GET /executions: pages of the organization's executions, newest first, without their data."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from executions import answers
from executions.answers import Page
from executions.listing import SHORT, Entry, ExecutionsQuery, executions
from executions.times import json_time, seconds_between
from platform_agents import listing
from platform_agents.tenancy.authentication import key_of


class ExecutionsView(APIView):
    def get(self, request: Request) -> Response:
        org_id = key_of(request).org_id
        wanted = listing.read(request.query_params, ExecutionsQuery)
        found, following = executions(org_id, wanted)
        answer: Page = {"executions": [_entry(one) for one in found], "next": following}
        return Response(answer)


def _entry(entry: Entry) -> answers.Entry:
    """What belongs to a run is null for a row of the gateway that was never submitted."""
    row, run = entry.execution, entry.run
    return {
        "execution_id": row.id,
        "module_id": row.module_id,
        "module_name": entry.module_name,
        "task_id": row.task_id,
        "status": row.status,
        "error": _short(entry.error),
        "agent": None if run is None else run.agent,
        "outcome": None if run is None else run.outcome,
        "state": None if run is None else run.state,
        "origin": None if run is None else run.origin,
        "attempt": None if run is None else run.attempt,
        "queued_at": None if run is None else json_time(run.queued_at),
        "started_at": json_time(row.started_at),
        "completed_at": json_time(row.completed_at),
        "duration_s": seconds_between(row.started_at, row.completed_at),
    }


def _short(error: str | None) -> str | None:
    return error if error is None or len(error) <= SHORT else f"{error[: SHORT - 1]}…"
