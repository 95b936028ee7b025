"""Every refusal as `{"detail", "code", "errors"?}`: the one table from error to HTTP status.

`handle` is REST framework's exception handler; the handler functions answer what never reaches a
view. Nothing here shows a traceback, a path or another organization's id.
"""

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from executions import errors as executions
from modules import errors as modules
from platform_agents.listing import InvalidQuery
from platform_agents.tenancy import errors as tenancy

logger = logging.getLogger(__name__)

STATUS: dict[type[Exception], int] = {
    InvalidQuery: 400,
    executions.InvalidRequest: 400,
    executions.InvalidInputData: 400,
    executions.InvalidSignature: 401,
    executions.OrganizationMismatch: 403,
    executions.ExecutionNotFound: 404,
    executions.TaskNotFound: 404,
    executions.AlreadySubmitted: 409,
    executions.AlreadyFinished: 409,
    executions.ApprovalNotFound: 404,
    executions.ApprovalDecided: 409,
    executions.ApprovalExpired: 409,
    executions.IdempotencyConflict: 409,
    executions.NotFinished: 409,
    executions.NotWaiting: 409,
    executions.StreamNotAvailable: 406,
    executions.TooManySubscribers: 429,
    executions.SigningUnavailable: 409,
    modules.ModuleNotFound: 404,
    modules.ModuleAmbiguous: 409,
    modules.ModuleNotActive: 409,
    modules.UnknownAgent: 409,
    modules.InvalidModuleConfig: 409,
    modules.ConfigVersionUnknown: 409,
    tenancy.RateLimited: 429,
}
OTHER: dict[str, int] = {
    "invalid_json": 400,
    "invalid_api_key": 401,
    "invalid_metrics_token": 401,
    "metrics_only_local": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "body_too_large": 413,
    "unsupported_media_type": 415,
    "internal_error": 500,
    "database_unavailable": 503,
}
"""Codes of refusals that no error class of ours stands for."""
_DATABASE_AWAY = "The database cannot be reached; the call was not confirmed. Try again shortly."
_CODES = {"parse_error": "invalid_json", "authentication_failed": "invalid_api_key"}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an exception of a view; None lets Django log it and answer 500."""
    if (status := STATUS.get(type(error))) is not None:
        body = _body(str(error), error.code, getattr(error, "errors", None))  # type: ignore[attr-defined]
        wait = getattr(error, "retry_after_s", None)
        return Response(body, status=status, headers={"Retry-After": str(wait)} if wait else None)
    if isinstance(error, (OperationalError, InterfaceError)):
        logger.error("database away: %s", str(error).partition("\n")[0])
        return Response(
            _body(_DATABASE_AWAY, "database_unavailable"), status=503, headers={"Retry-After": "2"}
        )
    if isinstance(error, RequestDataTooBig):
        return Response(_body("The body is too large.", "body_too_large"), status=413)
    if isinstance(error, Http404):
        return Response(_body("Nothing is here.", "not_found"), status=404)
    if isinstance(error, APIException):
        return _of_rest_framework(error)
    return None


def _of_rest_framework(error: APIException) -> Response:
    code = getattr(error.detail, "code", error.default_code)
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    body = _body(str(error.detail), _CODES.get(code, code))
    return Response(body, status=error.status_code, headers=headers)


def _body(detail: str, code: str, errors: Any = None) -> dict[str, Any]:
    return {"detail": detail, "code": code, **({"errors": errors} if errors else {})}


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    return JsonResponse(_body("The request cannot be read.", "invalid_request"), status=400)


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    return JsonResponse(_body("Nothing is here.", "not_found"), status=404)


def server_error(request: HttpRequest) -> JsonResponse:
    detail = "Something went wrong on our side; it has been logged."
    return JsonResponse(_body(detail, "internal_error"), status=500)
