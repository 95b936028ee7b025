"""GET /metrics: for whoever has METRICS_TOKEN; without one, for this machine alone."""

import hmac
import ipaddress
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from prometheus_client import ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from platform_agents.metrics.installation import Installation
from platform_agents.metrics.process import WebProcess
from platform_agents.metrics.requests import registry
from platform_agents.views import read_only

registry.register(Installation())
registry.register(WebProcess())
ProcessCollector(registry=registry)

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA")


@read_only
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    if settings.METRICS_TOKEN and not _has_token(request):
        detail = "The metrics need METRICS_TOKEN, as: Authorization: Bearer …"
        return _refused(401, "invalid_metrics_token", detail, {"WWW-Authenticate": "Bearer"})
    if not settings.METRICS_TOKEN and not _is_local(request):
        detail = "Without METRICS_TOKEN, only this machine itself may read the metrics."
        return _refused(403, "metrics_only_local", detail)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _has_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())


def _is_local(request: HttpRequest) -> bool:
    """Nor by a proxy on this machine, as far as it says that it is one."""
    if any(name in request.META for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _refused(
    status: int, code: str, detail: str, headers: dict[str, str] | None = None
) -> JsonResponse:
    body: dict[str, Any] = {"detail": detail, "code": code}
    return JsonResponse(body, status=status, headers=headers)
