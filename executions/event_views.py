"""GET /executions/{id}/events: what an execution reported, a page at a time or as it happens."""

from functools import partial
from typing import Any

from django.http import HttpResponse
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
from executions.feeds.handshake import seq
from executions.feeds.hub import hub
from executions.feeds.messages import StateRow
from executions.feeds.stream import CONTENT_TYPE, Stream
from executions.models import ModuleExecution

_MOST, _USUAL = 1000, 200


class EventsView(APIView):
    def get(self, request: Request, execution_id: str) -> HttpResponse:
        key: Any = request.auth
        if not ModuleExecution.objects.for_org(key.org_id).filter(id=execution_id).exists():
            raise ExecutionNotFound("No such execution in this organization.")
        after = _after(request)
        if CONTENT_TYPE in request.headers.get("Accept", ""):
            return _stream(request, execution_id, after)
        return _page(execution_id, after, most=_limit(request))


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


def _after(request: Request) -> int:
    """The header is what a browser sends when it connects again, with the address it had."""
    header = request.headers.get("Last-Event-ID")
    try:
        return seq(header if header is not None else request.query_params.get("after_seq", "0"))
    except ValueError as error:
        name = "after_seq" if header is None else "Last-Event-ID"
        raise InvalidRequest("The request is not as expected.", {name: [str(error)]}) from None


def _limit(request: Request) -> int:
    given = request.query_params.get("limit", str(_USUAL))
    if not (given.isascii() and given.isdigit()) or not 1 <= int(given[:9]) <= _MOST:
        why = {"limit": [f"expected 1 to {_MOST}"]}
        raise InvalidRequest("The request is not as expected.", why)
    return int(given)
