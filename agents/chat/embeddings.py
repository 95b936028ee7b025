"""Ask for the vectors of one batch of texts and check what came.

Called by `agents.chat.servers`, once per batch and server; never retries.
"""

from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from agents.base import Usage
from agents.chat.endpoint import Endpoint
from agents.chat.question import Vectors
from agents.chat.reply import Name, TokenCounts, read_json
from agents.chat.transport import asked, raise_error_in, request_options
from agents.errors import PermanentError
from agents.validation import error_paths, readable


class _Vector(BaseModel):
    index: int
    embedding: Annotated[list[Annotated[float, Field(allow_inf_nan=False)]], Field(min_length=1)]


class _Reply(BaseModel):
    data: list[_Vector]
    model: Name | None = None
    usage: TokenCounts | None = None


async def embed(
    texts: Sequence[str],
    endpoint: Endpoint,
    *,
    dimensions: int | None,
    timeout_s: float,
    on_usage: Callable[[Usage, int], None],
) -> Vectors:
    """One request for all texts."""
    options = request_options(endpoint, timeout_s=timeout_s)
    if dimensions is not None:
        options["dimensions"] = dimensions
    async with asked(endpoint, timeout_s=timeout_s) as client:
        response = await client.embeddings.with_raw_response.create(
            model=endpoint.model, input=list(texts), encoding_format="float", **options
        )
    reply = _checked(response.content, endpoint, expected=len(texts))
    usage = _usage(reply, endpoint)
    if usage is not None:
        on_usage(usage, 0)
    return Vectors(
        values=[vector.embedding for vector in sorted(reply.data, key=lambda found: found.index)],
        model=reply.model or endpoint.model,
        usage=usage,
    )


def _checked(body: bytes, endpoint: Endpoint, *, expected: int) -> _Reply:
    found = read_json(body, host=endpoint.host)
    raise_error_in(found, endpoint, unless="data")
    try:
        reply = _Reply.model_validate(found)
    except ValidationError as error:
        raise PermanentError(
            f"The model server {endpoint.host} answered with JSON that holds no embeddings: "
            f"{readable(error_paths(error, 'reply'))[:300]}"
        ) from None
    _check_vectors(reply, endpoint, expected)
    return reply


def _check_vectors(reply: _Reply, endpoint: Endpoint, expected: int) -> None:
    if sorted(vector.index for vector in reply.data) != list(range(expected)):
        raise PermanentError(
            f"The model server {endpoint.host} answered {len(reply.data)} embeddings for "
            f"{expected} texts, or numbered them otherwise."
        )
    if len({len(vector.embedding) for vector in reply.data}) > 1:
        raise PermanentError(
            f"The model server {endpoint.host} answered embeddings of different lengths."
        )


def _usage(reply: _Reply, endpoint: Endpoint) -> Usage | None:
    if reply.usage is None:
        return None
    return Usage(model=reply.model or endpoint.model, input_tokens=reply.usage.prompt_tokens)
