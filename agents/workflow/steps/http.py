"""`uses: http`: one request through the guarded client of the context, and its answer as data.

Answers of 400 and above are failures, by class: 408, 425, 429 and 5xx may pass, others would come
again. `accept` names statuses that are no failure. The output is {status, headers, body}.
"""

import json
from typing import Any, Literal, Self
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from agents.errors import AgentError, PermanentError, RateLimited, TransientError
from agents.workflow.steps.call import Call

_MAY_PASS = frozenset({408, 425, 429})
_LONGEST_QUOTE = 300


class With(BaseModel):
    """json is sent as JSON, body as it is. Parts of `query` are escaped and added to the url."""

    model_config = ConfigDict(extra="forbid")

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    url: str = Field(min_length=1, max_length=8000)
    query: dict[str, str | int | float | bool] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    json_: Any = Field(default=None, alias="json")
    body: str | None = None
    accept: list[int] = Field(default_factory=list, max_length=50)
    max_bytes: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.json_ is not None and self.body is not None:
            raise PydanticCustomError("one_body", "Expected json or body, not both.")
        return self


async def run(call: Call) -> dict[str, Any]:
    given: With = call.given
    response = await client(call).request(
        given.method, _url(given), headers=_headers(given, call.key), json=given.json_,
        body=None if given.body is None else given.body.encode(), timeout_s=call.timeout_s,
        max_bytes=given.max_bytes,
    )  # fmt: skip
    if response.status >= 400 and response.status not in given.accept:
        raise failure(response)
    headers = {name.lower(): value for name, value in dict(response.headers).items()}
    return {"status": response.status, "headers": headers, "body": _body(response, headers)}


def client(call: Call) -> Any:
    """The way out of the context; its interface is `request(method, url, …) -> response`."""
    found = getattr(call.context, "http", None)
    if found is None:
        raise PermanentError("This installation gives agents no way to make HTTP requests.")
    return found


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


def _body(response: Any, headers: dict[str, str]) -> Any:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not response.body or not (kind == "application/json" or kind.endswith("+json")):
        return response.text()
    try:
        return response.json()
    except ValueError:
        raise PermanentError("The server's answer says that it is JSON, and is not.") from None


def failure(response: Any) -> AgentError:
    said = response.text()[:_LONGEST_QUOTE].strip()
    message = f"The server answered {response.status}" + (f": {said}" if said else ".")
    if response.status in {429, 503}:
        return RateLimited(message, retry_after_s=_retry_after_s(response))
    if response.status >= 500 or response.status in _MAY_PASS:
        return TransientError(message)
    return PermanentError(message)


def _retry_after_s(response: Any) -> float | None:
    headers = {name.lower(): value for name, value in dict(response.headers).items()}
    text = headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
