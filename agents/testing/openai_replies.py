"""What an OpenAI-compatible server may answer, good and bad, as values for `OpenAIServer`."""

import json
from dataclasses import dataclass, field
from typing import Any

MODEL = "test-model"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer. hang: never answer, or never go on after the events; drip_s: seconds to wait
    before each byte of the body. events are sent in place of a body, one chunk each; cut: then the
    connection is closed without the end that HTTP asks for."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    drip_s: float = 0
    events: tuple[bytes, ...] = ()
    cut: bool = False


def normal(text: str = "Hello!", *, input_tokens: int = 9, output_tokens: int = 3) -> Reply:
    """A usual answer."""
    return completion({"content": text}, tokens=(input_tokens, output_tokens))


def refusal(text: str = "I cannot help with that.") -> Reply:
    """The model declines, in the field made for it."""
    return completion({"content": None, "refusal": text})


def content_filter() -> Reply:
    """The provider's filter stopped the answer."""
    return completion({"content": None}, finish_reason="content_filter")


def cut_off(text: str = "Once upon a") -> Reply:
    """The model stopped at max_tokens."""
    return completion({"content": text}, finish_reason="length")


def completion(
    message: dict[str, Any],
    *,
    finish_reason: str = "stop",
    tokens: tuple[int, int] | None = (9, 3),
) -> Reply:
    """A chat.completion as the API sends it; tokens None: without the usage block."""
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", **message},
                "finish_reason": finish_reason,
            }
        ],
    }
    if tokens is not None:
        body["usage"] = {
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "total_tokens": sum(tokens),
        }
    return as_json(body)


def json_answer(value: object) -> Reply:
    """A usual answer whose text is JSON, as with response_format."""
    return normal(json.dumps(value))


def format_refused(name: str = "json_schema") -> Reply:
    """As servers say that do not know a response_format."""
    return error(400, f"response_format of type {name} is not supported.")


def model_missing(model: str = "the model") -> Reply:
    """As OpenAI says it."""
    return error(404, f"The model {model} does not exist.", code="model_not_found")


def error(status: int, message: str, *, code: str | None = None, **headers: str) -> Reply:
    """OpenAI's error body; headers with `_` for `-`: retry_after="2"."""
    body = {"error": {"message": message, "type": code, "param": None, "code": code}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return as_json(body, status=status, **named)


def unauthorized(key: str = "sk-wrong") -> Reply:
    """As OpenAI does, with the refused key in the text."""
    return error(401, f"Incorrect API key provided: {key}.", code="invalid_api_key")


def rate_limited(retry_after: str | None = "2") -> Reply:
    """429 with Retry-After: seconds, an HTTP date, or None for no header."""
    headers = {} if retry_after is None else {"retry_after": retry_after}
    return error(429, "Rate limit reached.", code="rate_limit_exceeded", **headers)


def out_of_quota() -> Reply:
    """429 as well, but waiting does not help."""
    return error(429, "You exceeded your current quota.", code="insufficient_quota")


def server_error(status: int = 500) -> Reply:
    """5xx with OpenAI's error body."""
    return error(status, "The server had an error.", code="server_error")


def hang() -> Reply:
    """Take the request and stay silent until the server closes."""
    return Reply(hang=True)


def malformed() -> Reply:
    """Announced as JSON, but broken off."""
    return Reply(body=b'{"choices": [{"mess', headers={"Content-Type": "application/json"})


def web_page() -> Reply:
    """A 200 from something that is no API."""
    return Reply(body=b"<html>Welcome</html>", headers={"Content-Type": "text/html"})


def wrong_shape() -> Reply:
    """JSON whose content is not text."""
    return as_json({"choices": [{"message": {"content": {"not": "text"}}}]})


def no_choices() -> Reply:
    """A completion without an answer."""
    return as_json({"id": "chatcmpl-1", "choices": []})


def as_json(body: object, *, status: int = 200, **headers: str) -> Reply:
    """Any JSON, with any status and headers."""
    return Reply(
        status=status,
        body=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **headers},
    )
