"""Vectors of an OpenAI-compatible server, as values for `OpenAIServer`."""

import hashlib
from collections.abc import Sequence
from typing import Any

from agents.testing.openai_replies import Reply, as_json

MODEL = "test-embedding-model"
DIMENSIONS = 8


def embeddings(
    vectors: Sequence[Sequence[float]], *, input_tokens: int | None = 5, reverse: bool = False
) -> Reply:
    """These vectors; reverse: the last first, which the API allows, since each has its index."""
    data = [
        {"object": "embedding", "index": index, "embedding": list(vector)}
        for index, vector in enumerate(vectors)
    ]
    body: dict[str, Any] = {
        "object": "list",
        "model": MODEL,
        "data": data[::-1] if reverse else data,
    }
    if input_tokens is not None:
        body["usage"] = {"prompt_tokens": input_tokens, "total_tokens": input_tokens}
    return as_json(body)


def embeddings_for(request: Any) -> Reply:
    """A vector for each text of a request: always the same for the same text."""
    texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
    size = request.get("dimensions") or DIMENSIONS
    return embeddings([vector_of(text, size) for text in texts], input_tokens=len(texts))


def vector_of(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """Numbers from -1 to 1 that stand for the text and mean nothing."""
    digest = hashlib.shake_128(text.encode("utf-8", "replace")).digest(dimensions)
    return [round(byte / 127.5 - 1, 6) for byte in digest]
