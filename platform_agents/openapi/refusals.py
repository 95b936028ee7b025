"""Refusals: one form for all, and what every operation of a kind may answer.

Statuses and codes are those of `platform_agents.errors` and the README's table.
"""

from typing import Any, NotRequired

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from platform_agents.openapi import parameters
from platform_agents.openapi.operation import Operation


@with_config(ConfigDict(use_attribute_docstrings=True, extra="forbid"))
class Refusal(TypedDict):
    """Why a call was refused. Nothing has been changed by it."""

    detail: str
    """For people: what was expected, what came, what to do."""
    code: str
    """For programs; stable."""
    errors: NotRequired[dict[str, list[str]]]
    """{path in the request: what is wrong there}"""


_WHAT = {
    400: "The request is not as expected.",
    401: "Whoever calls is not known.",
    403: "Known, but not allowed to.",
    404: "It does not exist, or belongs to another organization: the answers are the same.",
    406: "It cannot be answered in the form that `Accept` asks for.",
    408: "The body did not arrive in time.",
    409: "It cannot be done in the present state.",
    413: "The body is too large.",
    415: "The body is not plain JSON.",
    429: "Too many calls; `detail` says which limit it was.",
    500: "Our mistake; it has been logged.",
    503: "The database cannot be reached; the call was not confirmed.",
}
_WITH_RETRY = {429, 503}


def refusals(operation: Operation) -> dict[str, Any]:
    """{status: response} of everything that this operation may refuse."""
    codes = _common(operation)
    for status, own in operation.refusals.items():
        codes[status] = (*codes.get(status, ()), *own)
    return {str(status): _response(status, codes[status]) for status in sorted(codes)}


def _common(operation: Operation) -> dict[int, tuple[str, ...]]:
    codes: dict[int, tuple[str, ...]] = {400: ("invalid_request",)}
    if operation.key:
        codes |= {401: ("invalid_api_key",), 429: ("rate_limited",)}
    if operation.body is not None:
        codes |= {
            400: ("invalid_request", "invalid_json"), 408: ("request_timeout",),
            413: ("body_too_large",), 415: ("unsupported_media_type",),
        }  # fmt: skip
    if operation.database:
        codes[503] = ("database_unavailable",)
    return codes


def _response(status: int, codes: tuple[str, ...]) -> dict[str, Any]:
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Refusal"},
            {"properties": {"code": {"enum": sorted(set(codes))}}},
        ]
    }
    response: dict[str, Any] = {
        "description": _WHAT[status],
        "content": {"application/json": {"schema": schema}},
    }
    headers = ["X-Request-Id", *(["Retry-After"] if status in _WITH_RETRY else [])]
    response["headers"] = {name: parameters.ANSWERED[name] for name in headers}
    return response
