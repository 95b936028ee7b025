"""How long HTTP calls take, by route and status. Routes are named by their pattern, never by the
path that was asked for, so that nobody can make up labels."""

import time
from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Histogram

from executions.later import Later

OTHER = "other"
_ADMIN = "admin"
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_BUCKETS_S = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

registry = CollectorRegistry()
_seconds = Histogram(
    "platform_agents_http_request_seconds",
    "Seconds from a complete request to its answer, waiting for a run included.",
    ["method", "route", "status"], buckets=_BUCKETS_S, registry=registry,
)  # fmt: skip
_of: dict[tuple[str | None, str, int], Histogram] = {}


class TimeRequests:
    """The outermost middleware. An answer that comes later is counted when it is known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        if isinstance(response, Later):
            what = request.method, _route(request)  # who waits keeps no request
            response.pending.final = partial(_timed, response.pending.final, *what, started)
        else:
            _observe(request.method, _route(request), started, response.status_code)
        return response


def _timed(
    final: Callable[[], HttpResponse], method: str | None, route: str, started: float
) -> HttpResponse:
    response = final()
    _observe(method, route, started, response.status_code)
    return response


def _observe(method: str | None, route: str, started: float, status: int) -> None:
    if (histogram := _of.get((method, route, status))) is None:
        known = method if method in _METHODS else OTHER
        histogram = _seconds.labels(known, route, str(status))
        if known != OTHER:
            _of[method, route, status] = histogram
    histogram.observe(time.perf_counter() - started)


def _route(request: HttpRequest) -> str:
    if (match := request.resolver_match) is None:
        return OTHER
    return _ADMIN if match.route.startswith("admin/") else match.route
