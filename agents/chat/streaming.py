"""A streamed chat completion, read event by event and put together to one `Reply`.

A stream that ends without saying that it ends was cut off, and is a failure that may pass; half an
answer is never passed on as an answer. Called by `completion`.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from agents.chat.endpoint import Endpoint
from agents.chat.failures import unreachable
from agents.chat.reply import Choice, Message, Name, Reply, TokenCounts, read_json
from agents.chat.transport import raise_error_in
from agents.errors import PermanentError
from agents.validation import error_paths, readable

_DONE = b"[DONE]"
_MAX_EVENT_BYTES = 2**20


class _Delta(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Piece(BaseModel):
    delta: _Delta = _Delta()
    finish_reason: Name | None = None


class _Chunk(BaseModel):
    """choices is empty in the chunk that brings the usage."""

    choices: list[_Piece] = []
    model: Name | None = None
    usage: TokenCounts | None = None


def is_event_stream(headers: Mapping[str, str]) -> bool:
    """Servers that cannot stream answer with plain JSON."""
    return headers.get("content-type", "").startswith("text/event-stream")


@dataclass
class _Collected:
    texts: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    finish_reason: str | None = None
    model: str | None = None
    usage: TokenCounts | None = None

    def take(self, chunk: _Chunk) -> str:
        """Keep what the chunk brings; gives its piece of the text."""
        self.model = chunk.model or self.model
        self.usage = chunk.usage or self.usage
        if not chunk.choices:
            return ""
        piece = chunk.choices[0]
        self.finish_reason = piece.finish_reason or self.finish_reason
        self.texts.append(piece.delta.content or "")
        self.refusals.append(piece.delta.refusal or "")
        return self.texts[-1]

    def reply(self) -> Reply:
        message = Message(
            content=_joined(self.texts) or None, refusal=_joined(self.refusals) or None
        )
        choice = Choice(message=message, finish_reason=self.finish_reason or "stop")
        return Reply(choices=[choice], model=self.model, usage=self.usage)


async def collected(
    stream: AsyncIterator[bytes], endpoint: Endpoint, on_text: Callable[[str], None]
) -> Reply:
    """on_text hears each piece of the text as it arrives."""
    found, done = _Collected(), False
    async for data in _events(stream):
        if data == _DONE:
            done = True
            break
        if text := found.take(_chunk(data, endpoint)):
            on_text(text)
    if not done and found.finish_reason is None:
        raise unreachable(endpoint)
    return found.reply()


async def _events(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The data of each event. Split at line feeds only: JSON may hold other line breaks as they
    are. One line per event is all that these servers send."""
    rest = b""
    async for piece in stream:
        *lines, rest = (rest + piece).split(b"\n")
        if len(rest) > _MAX_EVENT_BYTES:
            raise PermanentError(
                f"The model server streamed an event of more than {_MAX_EVENT_BYTES:,} bytes."
            )
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:].strip()
    if rest.startswith(b"data:"):
        yield rest[5:].strip()


def _chunk(data: bytes, endpoint: Endpoint) -> _Chunk:
    found = read_json(data, host=endpoint.host)
    raise_error_in(found, endpoint, unless="choices")
    try:
        return _Chunk.model_validate(found)
    except ValidationError as error:
        raise PermanentError(
            f"The model server {endpoint.host} streamed JSON that is no part of a chat completion: "
            f"{readable(error_paths(error, 'chunk'))[:300]}"
        ) from None


def _joined(texts: list[str]) -> str:
    """A character may arrive in two halves (surrogates) in two events."""
    return "".join(texts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
