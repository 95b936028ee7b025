"""GET /executions: pages of the organization's executions, newest first, without their data."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from executions.listing import SHORT, Entry, ExecutionsQuery, executions
from executions.models import Run
from executions.times import json_time, seconds_between
from platform_agents import listing
from platform_agents.tenancy.authentication import key_of

_OF_A_RUN = ("agent", "outcome", "state", "origin", "attempt")


class ExecutionsView(APIView):
    def get(self, request: Request) -> Response:
        org_id = key_of(request).org_id
        wanted = listing.read(request.query_params, ExecutionsQuery)
        found, following = executions(org_id, wanted)
        return Response({"executions": [_entry(one) for one in found], "next": following})


def _entry(entry: Entry) -> dict[str, Any]:
    """What belongs to a run is null for a row of the gateway that was never submitted."""
    row, run = entry.execution, entry.run
    return {
        "execution_id": row.id,
        "module_id": row.module_id,
        "module_name": entry.module_name,
        "task_id": row.task_id,
        "status": row.status,
        "error": _short(entry.error),
        **_of_a_run(run),
        "queued_at": None if run is None else json_time(run.queued_at),
        "started_at": json_time(row.started_at),
        "completed_at": json_time(row.completed_at),
        "duration_s": seconds_between(row.started_at, row.completed_at),
    }


def _of_a_run(run: Run | None) -> dict[str, Any]:
    return {name: None if run is None else getattr(run, name) for name in _OF_A_RUN}


def _short(error: str | None) -> str | None:
    return error if error is None or len(error) <= SHORT else f"{error[: SHORT - 1]}…"
