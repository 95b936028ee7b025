"""The HTTP API over executions. Each view: authenticate, read, call down, answer."""

import logging
import threading
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from executions import dispatch, idempotency
from executions.cancelling import cancel
from executions.dispatch import Submitted
from executions.errors import ExecutionNotFound
from executions.events import wait_until_finished, waiters
from executions.models import Event, ModuleExecution, Run
from executions.prefer import wait_seconds
from executions.serializers import ExecuteRequest, answer, detail, execute_request
from executions.submission import Submission
from platform_agents.tenancy.models import ApiKey

logger = logging.getLogger(__name__)

_FINISHED = {"completed", "failed"}


class ExecuteView(APIView):
    """POST /execute: run a module; answer when it finished, or 202 when that takes too long."""

    def post(self, request: Request) -> Response:
        key = _key(request)
        connection.close()  # the body may come slowly: nothing is held while we read it
        wanted = execute_request(request.data, org_id=key.org_id)
        execution_id = wanted.execution_id or dispatch.new_execution_id()
        wait_s = _wait_s(request)
        idempotency_key = idempotency.key_of(request.headers)
        with waiters.registered(execution_id) as done:
            submitted = _submit(wanted, key.id, execution_id, idempotency_key)
            if submitted.execution_id == execution_id and not submitted.finished:
                _wait(done, wait_s)
        if submitted.execution_id != execution_id and not submitted.finished:
            with waiters.registered(submitted.execution_id) as done:
                _wait(done, wait_s)
        if wait_s == 0 and not submitted.repeated:
            return _accepted(ModuleExecution(id=execution_id, status="pending"))
        execution = _read_again(key.org_id, submitted.execution_id)
        if execution.status in _FINISHED:
            return Response(answer(execution))
        return _accepted(execution)


class CancelView(APIView):
    """POST /executions/{id}/cancel: 200 when it has ended, 202 when it was asked to end."""

    def post(self, request: Request, execution_id: str) -> Response:
        org_id = _key(request).org_id
        ended = cancel(org_id, execution_id)
        execution = _find(org_id, execution_id)
        return Response(answer(execution)) if ended else _accepted(execution)


class ExecutionView(APIView):
    """GET /executions/{id}"""

    def get(self, request: Request, execution_id: str) -> Response:
        org_id = _key(request).org_id
        execution = _find(org_id, execution_id)
        run = Run.objects.for_org(org_id).filter(execution_id=execution_id).first()
        tried = Event.objects.for_org(org_id).filter(execution_id=execution_id, kind="attempt")
        return Response(detail(execution, run, list(tried.order_by("seq"))))


def _key(request: Request) -> ApiKey:
    key: Any = request.auth
    assert isinstance(key, ApiKey)  # the only authentication there is
    return key


def _wait_s(request: Request) -> float:
    if waiters.crowded:
        return 0
    most = settings.EXECUTE_WAIT_SECONDS
    return wait_seconds(request.headers.get("Prefer", ""), most=most)


def _wait(done: threading.Event, seconds: float) -> None:
    if seconds > 0:
        connection.close()  # nothing is held while we sleep
        wait_until_finished(done, seconds)


def _submit(
    wanted: ExecuteRequest, key_id: str, execution_id: str, idempotency_key: str | None
) -> Submitted:
    return dispatch.submit(
        Submission(
            org_id=wanted.org_id,
            module=wanted.module_id,
            input_data=wanted.input_data,
            task_id=wanted.task_id,
            adopt=wanted.execution_id,
            requested_by=f"key:{key_id}",
            idempotency_key=idempotency_key,
            timeout_s=wanted.timeout_s,
            start_within_s=wanted.start_within_s,
        ),
        execution_id=execution_id,
    )


def _find(org_id: str, execution_id: str) -> ModuleExecution:
    try:
        return ModuleExecution.objects.for_org(org_id).get(id=execution_id)
    except ModuleExecution.DoesNotExist:
        raise ExecutionNotFound("No such execution in this organization.") from None


def _read_again(org_id: str, execution_id: str) -> ModuleExecution:
    """The row of what was just accepted; as it was then, when the database went away meanwhile."""
    try:
        return _find(org_id, execution_id)
    except (OperationalError, InterfaceError) as error:
        logger.warning("accepted, but not readable: %s", str(error).partition("\n")[0])
        return ModuleExecution(id=execution_id, status="pending")


def _accepted(execution: ModuleExecution) -> Response:
    where = reverse("execution", args=[execution.id])
    return Response(answer(execution), status=202, headers={"Location": where, "Retry-After": "1"})
