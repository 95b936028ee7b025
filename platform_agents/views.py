"""Health: `/health` says that the process answers, `/health/ready` that it can do its work."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from executions.health import Backlog, backlog
from platform_agents.shared_schema.contract import differences

_ALLOW = {"Allow": "GET, HEAD, OPTIONS"}
_BEAT_AT_MOST_S = 30
_BACKLOG_AT_MOST_S = 300


def read_only(view: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """OPTIONS, and 405 in the API's own form for everything but GET and HEAD."""

    @csrf_exempt  # or a POST would be answered with a page about cookies
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request)
        if request.method == "OPTIONS":
            return HttpResponse(headers=_ALLOW)
        detail = f'Method "{request.method}" not allowed.'
        body = {"detail": detail, "code": "method_not_allowed"}
        return JsonResponse(body, status=405, headers=_ALLOW)

    return answer


@read_only
def health(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "healthy", "service": "python-agents"})


@read_only
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when everything is well, else 503; `checks` says what is not. `paused` is the
    whole platform's kill switch, null when the database cannot say. Names no organization."""
    checks, paused = _look()
    well = all(check["ok"] for check in checks.values())
    body = {"status": "ready" if well else "not_ready", "paused": paused, "checks": checks}
    return JsonResponse(body, status=200 if well else 503)


def _look() -> tuple[dict[str, dict[str, Any]], bool | None]:
    try:
        found = differences(connection)
        queue = backlog()
    except Error:
        return {"database": {"ok": False, "detail": "The database cannot be reached."}}, None
    checks: dict[str, dict[str, Any]] = {
        "database": {"ok": True},
        "schema": {"ok": not found, "differences": [str(difference) for difference in found]},
        "cluster": _cluster(queue),
        "backlog": {
            "ok": queue.oldest_s <= _BACKLOG_AT_MOST_S,
            "oldest_s": round(queue.oldest_s, 1),
        },
    }
    return checks, queue.paused


def _cluster(queue: Backlog) -> dict[str, Any]:
    if queue.beat_s is None:
        return {"ok": False, "detail": "No worker has ever reported; start manage.py qcluster."}
    return {"ok": queue.beat_s <= _BEAT_AT_MOST_S, "last_beat_s": round(queue.beat_s, 1)}
