"""The id of the request that is being answered: in every log line, and in the answer's header.

The caller's own id is used when it has the right shape, so that one id follows a call through both
systems. Kept in a context variable, and nowhere else. Set by `bridge` and `middleware`.
"""

import logging
import re
from contextvars import ContextVar

from uuid_utils import uuid4

HEADER = "X-Request-Id"
ENVIRON = "HTTP_X_REQUEST_ID"
_SHAPE = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
_current: ContextVar[str] = ContextVar("request_id", default="")


def begin(given: str) -> str:
    """The request's id from here on: `given`, or a new one when that is none."""
    request_id = given if _SHAPE.fullmatch(given) else uuid4().hex
    _current.set(request_id)
    return request_id


class WithRequestId(logging.Filter):
    """Adds `request_id` to the fields of a record made while a request is answered."""

    def filter(self, record: logging.LogRecord) -> bool:
        if request_id := _current.get():
            record.fields = {**getattr(record, "fields", {}), "request_id": request_id}
        return True
