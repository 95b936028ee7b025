"""`uses: http`: one request through the guarded client of the context, and its answer as data.

Answers of 300 and above are failures, by class: 408, 425, 429 and 5xx may pass, others would come
again. `accept` names statuses that are no failure. The output is {status, headers, body}.
"""

import json
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from agents.errors import AgentError, PermanentError, RateLimited, TransientError
from agents.workflow.steps.call import Call

if TYPE_CHECKING:
    from agents.outbound.response import Response

_MAY_PASS = frozenset({408, 425, 429})
_LONGEST_QUOTE = 300


class With(BaseModel):
    """json is sent as JSON, body as it is. Parts of `query` are escaped and added to the url.
    follow: redirects that are followed."""

    model_config = ConfigDict(extra="forbid")

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    url: str = Field(min_length=1, max_length=8000)
    query: dict[str, str | int | float | bool] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    json_: Any = Field(default=None, alias="json")
    body: str | None = None
    accept: list[int] = Field(default_factory=list, max_length=50)
    max_bytes: int | None = Field(default=None, ge=1)
    follow: int = Field(default=0, ge=0, le=3)

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.json_ is not None and self.body is not None:
            raise PydanticCustomError("one_body", "Expected json or body, not both.")
        return self


async def run(call: Call) -> dict[str, Any]:
    given: With = call.given
    response = await call.context.http.request(
        given.method, _url(given), headers=_headers(given, call.key), json=given.json_,
        body=given.body, timeout_s=call.timeout_s, max_bytes=given.max_bytes, follow=given.follow,
    )  # fmt: skip
    if response.status >= 300 and response.status not in given.accept:
        raise failure(response)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return {"status": response.status, "headers": headers, "body": _body(response)}


def _url(given: With) -> str:
    if not given.query:
        return given.url
    address, mark, fragment = given.url.partition("#")
    joint = "&" if "?" in address else "?"
    texts = {name: _text(value) for name, value in given.query.items()}
    return f"{address}{joint}{urlencode(texts)}{mark}{fragment}"


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _headers(given: With, key: str | None) -> dict[str, str]:
    """The author's own Idempotency-Key stands."""
    named = {name.lower() for name in given.headers}
    if key is None or "idempotency-key" in named:
        return given.headers
    return {**given.headers, "Idempotency-Key": key}


def _body(response: "Response") -> Any:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if response.body and (kind == "application/json" or kind.endswith("+json")):
        return response.json()
    return response.text()


def failure(response: "Response") -> AgentError:
    said = response.text()[:_LONGEST_QUOTE].strip()
    message = f"The server answered {response.status}" + (f": {said}" if said else ".")
    if response.status in {429, 503}:
        return RateLimited(message, retry_after_s=_retry_after_s(response))
    if response.status >= 500 or response.status in _MAY_PASS:
        return TransientError(message)
    return PermanentError(message)


def _retry_after_s(response: "Response") -> float | None:
    text = response.headers.get("Retry-After", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
