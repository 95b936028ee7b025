"""GET /executions/{id}/events: what an execution reported, a page at a time or as it happens."""

import re
from functools import partial
from typing import Annotated, Any

from django.http import HttpResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic_core import PydanticCustomError
from rest_framework.request import Request
from rest_framework.views import APIView

from executions import later
from executions.errors import (
    ExecutionNotFound,
    InvalidRequest,
    StreamNotAvailable,
    TooManySubscribers,
)
from executions.feeds import reading
from executions.feeds.access import KeyCredential
from executions.feeds.asking import fetch
from executions.feeds.handshake import MOST_SEQ, seq
from executions.feeds.hub import hub
from executions.feeds.messages import StateRow
from executions.feeds.stream import CONTENT_TYPE, Stream
from executions.models import ModuleExecution
from platform_agents.listing import read


def _seq(text: Any) -> Any:
    try:
        return seq(text) if isinstance(text, str) else text
    except ValueError as error:
        raise PydanticCustomError("seq", "Expected {what}.", {"what": str(error)}) from None


def _limit(text: Any) -> Any:
    if isinstance(text, str) and not (re.fullmatch("[0-9]{1,4}", text) and 1 <= int(text) <= 1000):
        raise PydanticCustomError("limit", "Expected a whole number from 1 to 1000.")
    return text


class EventsQuery(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    after_seq: Annotated[
        int,
        BeforeValidator(_seq),
        WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MOST_SEQ, "default": 0}),
    ] = 0
    """Only later lines."""
    limit: Annotated[
        int,
        BeforeValidator(_limit),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 1000, "default": 200}),
    ] = 200
    """Lines of a page, at most."""


class EventsView(APIView):
    def get(self, request: Request, execution_id: str) -> HttpResponse:
        key: Any = request.auth
        if not ModuleExecution.objects.for_org(key.org_id).filter(id=execution_id).exists():
            raise ExecutionNotFound("No such execution in this organization.")
        asked = read(request.query_params, EventsQuery)
        after = _after(request, asked)
        if CONTENT_TYPE in request.headers.get("Accept", ""):
            return _stream(request, execution_id, after)
        return _page(execution_id, after, most=asked.limit)


def _page(execution_id: str, after: int, *, most: int) -> HttpResponse:
    """Without tracebacks, as everything for keys. The state first: if it is over, all events are
    there."""
    state = reading.states(fetch, [execution_id]).get(execution_id)
    pages = reading.events(fetch, {execution_id: after}, private=False, most=most)
    page = pages.get(execution_id, reading.NO_EVENTS)
    over = _is_over(state) and not page.more
    head = f'{{"events": [{", ".join(event.body for event in page.events)}]'
    body = f'{head}, "last_seq": {page.last_seq or after}, "finished": {str(over).lower()}}}'
    return HttpResponse(
        body, content_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _is_over(state: StateRow | None) -> bool:
    return state is None or state.final


def _stream(request: Request, execution_id: str, after: int) -> Stream:
    if not later.possible(request) or request.method == "HEAD":
        raise StreamNotAvailable(
            "This server cannot stream: it is a WSGI server. Ask without Accept: "
            "text/event-stream, again and again with after_seq, or ask a server under uvicorn."
        )
    if hub.crowded:
        raise TooManySubscribers("Too many subscribers on this server. Try again later.")
    key: Any = request.auth
    check = partial(KeyCredential(key.key).for_execution, execution_id)
    return Stream(execution_id, org_id=key.org_id, seq=after, check=check)


def _after(request: Request, asked: EventsQuery) -> int:
    """The header is what a browser sends when it connects again, with the address it had."""
    if (header := request.headers.get("Last-Event-ID")) is None:
        return asked.after_seq
    try:
        return seq(header)
    except ValueError as error:
        why = {"Last-Event-ID": [f"Expected {error}."]}
        raise InvalidRequest("The request is not as expected.", why) from None
