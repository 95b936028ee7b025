"""The service itself."""

from typing import Any, Literal

from typing_extensions import TypedDict

from platform_agents.openapi.operation import Operation, Reply, Table

TAG = {"name": "service", "description": "Whether it is well. No key."}


class Health(TypedDict):
    status: Literal["healthy"]
    service: Literal["python-agents"]


class Readiness(TypedDict):
    """`paused`: the whole platform's switch; null when the database cannot say."""

    status: Literal["ready", "not_ready"]
    paused: bool | None
    checks: dict[str, dict[str, Any]]


_CHECKS = {
    "database": {"ok": True},
    "schema": {"ok": True, "differences": []},
    "cluster": {"ok": True, "last_beat_s": 1.2},
    "backlog": {"ok": True, "oldest_s": 0.0},
}

TABLE: Table = {
    ("GET", "/health"): Operation(
        id="health",
        tag="service",
        summary="That the process answers",
        replies={200: Reply(what="It does.", body=Health)},
        key=False,
        database=False,
    ),
    ("GET", "/health/ready"): Operation(
        id="ready",
        tag="service",
        summary="That it can do its work",
        replies={
            200: Reply(
                what="Database, shared schema, cluster and backlog are well.",
                body=Readiness,
                examples={"ready": {"status": "ready", "paused": False, "checks": _CHECKS}},
            ),
            503: Reply(what="Something is not; `checks` says what.", body=Readiness),
        },
        key=False,
        database=False,
    ),
    ("GET", "/metrics"): Operation(
        id="metrics",
        tag="service",
        summary="Metrics in Prometheus' text form",
        headers=("Authorization",),
        replies={200: Reply(what="One series a line.", body=str, media="text/plain")},
        refusals={401: ("invalid_metrics_token",), 403: ("metrics_only_local",)},
        key=False,
        database=False,
    ),
}
