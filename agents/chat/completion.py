"""Ask for one chat completion and give back its text, or the error that says why not.

Called by `agents.chat.servers`, once per question and server; never retries, and knows nothing of
operations.
"""

from collections.abc import Callable
from typing import Any, cast

from openai import AsyncOpenAI

from agents.base import Usage
from agents.chat.endpoint import Endpoint
from agents.chat.failures import shown
from agents.chat.question import UNSTORABLE, Answer, Question
from agents.chat.reply import Choice, Reply, as_reply, read_json
from agents.chat.streaming import collected, is_event_stream
from agents.chat.transport import asked, raise_error_in, request_options
from agents.errors import PermanentError


async def complete(
    question: Question,
    endpoint: Endpoint,
    *,
    timeout_s: float,
    on_usage: Callable[[Usage, int], None],
    on_text: Callable[[str], None] | None = None,
) -> Answer:
    """on_usage hears the token counts, and how many of the input's came from the server's cache,
    before a refusal is raised: refusals are paid for too. With on_text the answer is streamed."""
    async with asked(endpoint, timeout_s=timeout_s) as client:
        reply = await _reply(client, question, endpoint, timeout_s, on_text)
    usage = _usage(reply, endpoint)
    if usage is not None and reply.usage is not None:
        on_usage(usage, reply.usage.cached)
    choice = reply.choices[0]
    return Answer(
        text=_text(choice, endpoint),
        model=reply.model or endpoint.model,
        finish_reason=choice.finish_reason or "stop",
        usage=usage,
    )


async def _reply(
    client: AsyncOpenAI,
    question: Question,
    endpoint: Endpoint,
    timeout_s: float,
    on_text: Callable[[str], None] | None,
) -> Reply:
    options = _body(question, endpoint) | request_options(endpoint, timeout_s=timeout_s)
    if on_text is None:
        response = await client.chat.completions.with_raw_response.create(**options)
        return _checked(response.content, endpoint)
    async with client.chat.completions.with_streaming_response.create(
        **options, stream=True, stream_options={"include_usage": True}
    ) as streaming:
        if is_event_stream(streaming.headers):
            return await collected(streaming.iter_bytes(), endpoint, on_text)
        reply = _checked(await streaming.read(), endpoint)  # a server that does not stream
    on_text(reply.choices[0].message.content or "")
    return reply


def _body(question: Question, endpoint: Endpoint) -> dict[str, Any]:
    optional = {
        "temperature": question.temperature,
        endpoint.max_tokens_name: question.max_tokens,
        "response_format": question.response_format,
    }
    named = {name: value for name, value in optional.items() if value is not None}
    return {"model": endpoint.model, "messages": cast("Any", list(question.messages)), **named}


def _checked(body: bytes, endpoint: Endpoint) -> Reply:
    found = read_json(body, host=endpoint.host)
    raise_error_in(found, endpoint, unless="choices")
    return as_reply(found, host=endpoint.host)


def _usage(reply: Reply, endpoint: Endpoint) -> Usage | None:
    if reply.usage is None:
        return None
    return Usage(
        model=reply.model or endpoint.model,
        input_tokens=reply.usage.prompt_tokens,
        output_tokens=reply.usage.completion_tokens,
    )


def _text(choice: Choice, endpoint: Endpoint) -> str:
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
    return UNSTORABLE.sub("\ufffd", choice.message.content or "")
