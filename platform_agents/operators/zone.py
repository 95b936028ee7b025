"""Times in the operator's own time zone: the browser says which (`page.js` sets a cookie), and
everything that a request renders or reads is in it. Without the cookie: UTC."""

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

COOKIE = "zone"


class OperatorZone:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        named = request.COOKIES.get(COOKIE, "")
        with timezone.override(ZoneInfo(named) if named in _known() else None):
            return self.get_response(request)


@cache
def _known() -> frozenset[str]:
    """Names only: what a cookie says is never opened as a file."""
    return frozenset(available_timezones())
