"""The HTTP API over executions. Each view: authenticate, read, call down, answer."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents.remote_contract import SIGNATURE, TIMESTAMP
from executions import dispatch, idempotency, later
from executions.answering import accept
from executions.cancelling import cancel
from executions.dispatch import Submitted
from executions.errors import ExecutionNotFound, InvalidRequest
from executions.events import Result, Waiter, waiters
from executions.later import Later, Pending
from executions.models import Approval, Event, ModuleExecution, Run
from executions.parsers import RawJSONParser
from executions.prefer import wait_seconds
from executions.serializers import (
    ExecuteRequest,
    detail,
    finished,
    request_for,
    unfinished,
)
from executions.submission import Submission, Webhook
from executions.waiting import Waiting, waiting_because
from executions.webhooks import addressing
from platform_agents.postgres.prepared import fetch
from platform_agents.tenancy.audit import address_of
from platform_agents.tenancy.authentication import RememberingAuthentication, key_of, prove
from platform_agents.tenancy.limits import charge_runs

logger = logging.getLogger(__name__)

_MOST_CHILDREN = 200
_FINISHED = {"completed", "failed"}
_ROW = """
SELECT id, status::text, output, error FROM public.module_executions
WHERE org_id = %s AND id = %s"""


class SubmittingView(APIView):
    """For views that submit: answers when the execution finished, or 202 when that takes long."""

    throttle_classes = ()  # `submitted` charges for runs

    def submitted(
        self, request: Request, wanted: Submission, *, execution_id: str, wait_s: float
    ) -> HttpResponse:
        """execution_id: of the new execution, unless this is the same call as one before."""
        charge_runs(key_of(request))
        with ExitStack() as held:
            waiter = held.enter_context(waiters.registered(execution_id))
            submitted = dispatch.submit(wanted, execution_id=execution_id)
            if submitted.execution_id != execution_id:
                waiter = held.enter_context(waiters.registered(submitted.execution_id))
            final = partial(self.final, wanted.org_id, submitted, waiter)
            if wait_s > 0 and not submitted.finished:
                connection.close()  # nothing is held while we wait
                if later.possible(request):
                    whole, kept = partial(_whole, final), held.pop_all()
                    return Later(Pending(waiter, seconds=wait_s, final=whole, held=kept))
                waiter.wait(wait_s)
        if wait_s == 0 and not submitted.repeated:
            return _accepted(execution_id, "pending")
        return final()

    def final(self, org_id: str, submitted: Submitted, waiter: Waiter) -> HttpResponse:
        if waiter.result is not None:
            return finished(waiter.result)
        return _answer(org_id, submitted.execution_id)


class ExecuteView(SubmittingView):
    """POST /execute: run a module."""

    authentication_classes = (RememberingAuthentication,)

    def post(self, request: Request) -> HttpResponse:
        try:
            return self._post(request)
        except Exception:
            prove(key_of(request))  # a refusal tells something, too
            raise

    def _post(self, request: Request) -> HttpResponse:
        key = key_of(request)
        connection.close()  # the body may come slowly: nothing is held while we read it
        wanted = request_for(request.data, ExecuteRequest, org_id=key.org_id)
        wait_s = patience_s(request)
        submission = Submission(
            org_id=wanted.org_id,
            module=wanted.module_id,
            input_data=wanted.input_data,
            task_id=wanted.task_id,
            adopt=wanted.execution_id,
            requested_by=f"key:{key.id}",
            key=key,
            prove=partial(prove, key),
            idempotency_key=idempotency.key_of(request.headers),
            timeout_s=wanted.timeout_s,
            start_within_s=wanted.start_within_s,
            awaited=wait_s > 0,
            webhook=_webhook(wanted),
        )
        execution_id = wanted.execution_id or dispatch.new_execution_id()
        return self.submitted(request, submission, execution_id=execution_id, wait_s=wait_s)


class CancelView(APIView):
    """POST /executions/{id}/cancel: 200 when it has ended, 202 when it was asked to end."""

    def post(self, request: Request, execution_id: str) -> HttpResponse:
        key = key_of(request)
        by, address = f"key:{key.id}", address_of(request)
        ended = cancel(key.org_id, execution_id, by=by, address=address)
        return _answer(key.org_id, execution_id) if ended else _accepted(execution_id, "running")


class CallbackView(APIView):
    """POST /executions/{id}/callback: a remote server answers later. Signed, without a key."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (RawJSONParser,)

    def post(self, request: Request, execution_id: str) -> HttpResponse:
        body = request.data
        accept(
            execution_id,
            token=request.query_params.get("token", ""),
            timestamp=request.headers.get(TIMESTAMP, ""),
            signature=request.headers.get(SIGNATURE, ""),
            body=body if isinstance(body, bytes) else b"",
        )
        return _accepted(execution_id, "running")


class ExecutionView(APIView):
    """GET /executions/{id}"""

    def get(self, request: Request, execution_id: str) -> Response:
        org_id = key_of(request).org_id
        execution = _find(org_id, execution_id)
        runs = Run.objects.for_org(org_id)
        run = runs.filter(execution_id=execution_id).first()
        children = runs.filter(parent=execution_id).order_by("execution_id")[:_MOST_CHILDREN]
        tried = Event.objects.for_org(org_id).filter(execution_id=execution_id, kind="attempt")
        asked = Approval.objects.for_org(org_id).filter(execution_id=execution_id).order_by("id")
        waiting = _waiting(run) if run is not None and run.state == Run.State.QUEUED else None
        return Response(
            detail(
                execution, run, tried=list(tried.order_by("seq")), waiting=waiting,
                children=list(children), approvals=list(asked),
            )
        )  # fmt: skip


def _whole(final: Callable[[], HttpResponse]) -> HttpResponse:
    """What REST framework does around a view, for an answer that comes after the view returned and
    its request was forgotten."""
    try:
        response = final()
    except Exception as error:
        if (response := APIView().get_exception_handler()(error, {})) is None:
            raise
    if isinstance(response, Response):
        response.accepted_renderer = JSONRenderer()
        response.accepted_media_type = response.accepted_renderer.media_type
        response.renderer_context = {}  # type: ignore[attr-defined]
        response.render()
    return response


def _waiting(run: Run) -> Waiting | None:
    """None also for a run that was claimed since we read it."""
    because = waiting_because(run.org_id, execution_ids=[run.execution_id])
    return because.get(run.execution_id)


def patience_s(request: Request) -> float:
    """Seconds that the answer may take; none while too many wait already."""
    if waiters.crowded(in_threads=not later.possible(request)):
        return 0
    most = settings.EXECUTE_WAIT_SECONDS
    return wait_seconds(request.headers.get("Prefer", ""), most=most)


def _webhook(wanted: ExecuteRequest) -> Webhook | None:
    if wanted.webhook_url is None:
        if wanted.webhook_secret_name is None:
            return None
        why = {"webhook_secret_name": ["It is what webhook_url is signed with; send both."]}
        raise InvalidRequest("The request is not as expected.", why)
    given = Webhook(url=wanted.webhook_url, secret_name=wanted.webhook_secret_name)
    addressing.check(org_id=wanted.org_id, url=given.url, secret_name=given.secret_name)
    return given


def _find(org_id: str, execution_id: str) -> ModuleExecution:
    try:
        return ModuleExecution.objects.for_org(org_id).get(id=execution_id)
    except ModuleExecution.DoesNotExist:
        raise ExecutionNotFound("No such execution in this organization.") from None


def _answer(org_id: str, execution_id: str) -> HttpResponse:
    """What was accepted before: its result, or how far it is; as it was then, when the database
    went away meanwhile."""
    try:
        rows = fetch(_ROW, [org_id, execution_id])
    except (OperationalError, InterfaceError) as error:
        logger.warning("accepted, but not readable: %s", str(error).partition("\n")[0])
        return _accepted(execution_id, "pending")
    if not rows:
        raise ExecutionNotFound("No such execution in this organization.")
    result = Result(*rows[0])
    if result.status in _FINISHED:
        return finished(result)
    return _accepted(execution_id, result.status)


def _accepted(execution_id: str, status: str) -> HttpResponse:
    headers = {"Location": reverse("execution", args=[execution_id]), "Retry-After": "1"}
    return Response(unfinished(execution_id, status), status=202, headers=headers)
