"""Ask for one chat completion and give back its text, or the error that says why not.

Called by `agents.nlp`, once per execution; never retries, because the runner does.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
import httpx2
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, Omit, OpenAIError, Timeout

from agents.base import Usage
from agents.chat.clients import borrowed_client
from agents.chat.endpoint import Endpoint
from agents.chat.failures import refused_status, shown, status_failure, unreachable, upstream_text
from agents.chat.reply import Choice, Reply, as_reply, read_json
from agents.errors import PermanentError

CONNECT_TIMEOUT_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Question:
    """messages as the API has them; None leaves the server its own default."""

    messages: list[dict[str, str]]
    temperature: float | None
    max_tokens: int | None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """usage is None when the server did not count."""

    text: str
    model: str
    finish_reason: str
    usage: Usage | None


async def complete(
    question: Question, endpoint: Endpoint, *, timeout_s: float, on_usage: Callable[[Usage], None]
) -> Answer:
    """on_usage hears the token counts before a refusal is raised: refusals are paid for too."""
    body = await _ask(question, endpoint, timeout_s)
    found = read_json(body, host=endpoint.host)
    _raise_error_in(found, endpoint)
    reply = as_reply(found, host=endpoint.host)
    usage = _usage(reply, endpoint)
    if usage is not None:
        on_usage(usage)
    choice = reply.choices[0]
    return Answer(
        text=_text(choice, endpoint),
        model=reply.model or endpoint.model,
        finish_reason=choice.finish_reason or "stop",
        usage=usage,
    )


async def _ask(question: Question, endpoint: Endpoint, timeout_s: float) -> bytes:
    """The reply's body. The timeout is for all of it: a server that drips is cut off too."""
    try:
        async with asyncio.timeout(timeout_s), borrowed_client(endpoint) as client:
            return await _send(client, question, endpoint, timeout_s)
    except APIStatusError as error:
        raise refused_status(error, endpoint) from None
    except (APIConnectionError, httpx2.HTTPError, aiohttp.ClientError, OSError):
        raise unreachable(endpoint) from None  # OSError: asyncio's TimeoutError is one
    except OpenAIError as error:
        raise PermanentError(f"The request failed: {shown(str(error), endpoint)}") from None


async def _send(
    client: AsyncOpenAI, question: Question, endpoint: Endpoint, timeout_s: float
) -> bytes:
    # OpenAI's newer models refuse max_tokens, most other servers know nothing else.
    limit = "max_completion_tokens" if endpoint.is_openai else "max_tokens"
    options: dict[str, Any] = {"temperature": question.temperature, limit: question.max_tokens}
    unsigned = None if endpoint.key else {"Authorization": Omit()}
    response = await client.chat.completions.with_raw_response.create(
        model=endpoint.model,
        messages=cast("Any", question.messages),
        extra_headers=unsigned,
        timeout=Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s)),
        **{name: value for name, value in options.items() if value is not None},
    )
    body: bytes = response.content
    return body


def _raise_error_in(found: Any, endpoint: Endpoint) -> None:
    """Some gateways report an upstream's error with status 200."""
    error = found.get("error") if isinstance(found, dict) else None
    if not error or found.get("choices"):
        return
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else 400
    raise status_failure(status, upstream_text(error, endpoint), endpoint, {}, found)


def _usage(reply: Reply, endpoint: Endpoint) -> Usage | None:
    if reply.usage is None:
        return None
    return Usage(
        model=reply.model or endpoint.model,
        input_tokens=reply.usage.prompt_tokens,
        output_tokens=reply.usage.completion_tokens,
    )


def _text(choice: Choice, endpoint: Endpoint) -> str:
    """NUL cannot be stored, and must not cost the whole answer."""
    if choice.message.refusal:
        raise PermanentError(
            f"The model refused to answer: {shown(choice.message.refusal, endpoint)}"
        )
    if choice.finish_reason == "content_filter":
        raise PermanentError("The model refused to answer: its content filter stopped the reply.")
    if choice.message.content is None and choice.finish_reason != "length":
        raise PermanentError(
            f"The model server {endpoint.host} answered without any text "
            f"(finish_reason {shown(str(choice.finish_reason), endpoint)})."
        )
    return (choice.message.content or "").replace("\x00", "\ufffd")
