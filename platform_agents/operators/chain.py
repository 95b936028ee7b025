"""The middlewares of the operators' site, for its addresses only.

Sessions, messages and the rest are of no use to the API, and stood in the way of every call. One
middleware in MIDDLEWARE builds the chain of ADMIN_MIDDLEWARE once and sends what is under /admin/
through it; everything else goes straight on.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string

PREFIX = "/admin/"

Handler = Callable[[HttpRequest], HttpResponseBase]


class OperatorChain:
    """The chain's `process_view` hooks run as Django would run them: in order, the first answer
    ends it. CSRF is such a hook. A middleware with another hook does not belong here."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.hooks: list[Callable[..., HttpResponseBase | None]] = []
        self.chain = get_response
        for name in reversed(settings.ADMIN_MIDDLEWARE):
            middleware = import_string(name)(self.chain)
            if hook := getattr(middleware, "process_view", None):
                self.hooks.insert(0, hook)
            self.chain = middleware

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        handler = self.chain if request.path_info.startswith(PREFIX) else self.get_response
        return handler(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseBase | None:
        if not request.path_info.startswith(PREFIX):
            return None
        answers = (hook(request, *view) for hook in self.hooks)
        return next((answer for answer in answers if answer is not None), None)
