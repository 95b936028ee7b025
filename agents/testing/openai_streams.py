"""Streamed answers of an OpenAI-compatible server, good and bad, as values for `OpenAIServer`."""

import json
import re
from typing import Any

from agents.testing.openai_replies import MODEL, Reply

_DONE = b"data: [DONE]\n\n"
_EVENTS = {"Content-Type": "text/event-stream"}


def stream(
    *texts: str,
    finish_reason: str | None = "stop",
    tokens: tuple[int, int] | None = (9, 3),
    done: bool = True,
    drip_s: float = 0,
) -> Reply:
    """One event for each text, then finish_reason, the token counts and the end; None or False
    leaves that out. drip_s: seconds between events."""
    events = [_chunk({"content": text}) for text in texts]
    if finish_reason is not None:
        events.append(_chunk({}, finish_reason=finish_reason))
    if tokens is not None:
        events.append(_event(_body(choices=[]) | {"usage": _usage(tokens)}))
    if done:
        events.append(_DONE)
    return Reply(headers=_EVENTS, events=tuple(events), drip_s=drip_s)


def cut_stream(*texts: str) -> Reply:
    """Some text, then the connection breaks."""
    return Reply(headers=_EVENTS, events=_texts(texts), cut=True)


def hanging_stream(*texts: str) -> Reply:
    """Some text, then silence."""
    return Reply(headers=_EVENTS, events=_texts(texts), hang=True)


def failing_stream(*texts: str, message: str = "upstream is gone", code: int = 502) -> Reply:
    """Some text, then an error as an event."""
    error = _event({"error": {"message": message, "code": code}})
    return Reply(headers=_EVENTS, events=(*_texts(texts), error))


def refusing_stream(text: str = "I cannot help with that.") -> Reply:
    """The model declines, in the field made for it."""
    events = (_chunk({"refusal": text}), _chunk({}, finish_reason="stop"), _DONE)
    return Reply(headers=_EVENTS, events=events)


def garbled_stream(data: bytes = b'{"choices": [{"del') -> Reply:
    """An event whose data is no JSON, or what `data` says."""
    return Reply(headers=_EVENTS, events=(b"data: " + data + b"\n\n",))


def as_stream(reply: Reply) -> Reply:
    """A completion as events, word by word, as servers answer `"stream": true`; anything else, such
    as an error, as it is."""
    try:
        body = json.loads(reply.body)
        choice, usage = body["choices"][0], body.get("usage")
        message = choice["message"]
    except (ValueError, LookupError, TypeError):
        return reply
    if reply.status != 200 or reply.drip_s or body.get("object") != "chat.completion":
        return reply
    words = re.findall(r"\S+\s*|\s+", message.get("content") or "")
    events = [_chunk({"content": word}) for word in words]
    if message.get("refusal"):
        events.append(_chunk({"refusal": message["refusal"]}))
    events.append(_chunk({}, finish_reason=choice["finish_reason"]))
    if usage:
        events.append(_event(_body(choices=[]) | {"usage": usage}))
    return Reply(headers=_EVENTS, events=(*events, _DONE))


def _texts(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(_chunk({"content": text}) for text in texts)


def _chunk(delta: dict[str, Any], *, finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return _event(_body(choices=[choice]))


def _body(*, choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": MODEL,
        "choices": choices,
    }


def _usage(tokens: tuple[int, int]) -> dict[str, int]:
    return {
        "prompt_tokens": tokens[0],
        "completion_tokens": tokens[1],
        "total_tokens": sum(tokens),
    }


def _event(body: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"
