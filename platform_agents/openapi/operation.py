"""What `routes` say of a route. Types of bodies are pydantic models or TypedDicts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

Examples = Mapping[str, Any]
"""{what it shows: the value}"""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer that is no refusal. headers: names from `parameters.ANSWERED`. leads_to: operations
    on the execution that its body names."""

    what: str
    body: Any = None
    media: str = "application/json"
    headers: tuple[str, ...] = ()
    examples: Examples = field(default_factory=dict)
    leads_to: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path. headers: names from `parameters.SENT`. query: a model of the query
    string. refusals: {status: codes}, besides those that every operation of its kind has (see
    `refusals`). key: it needs an API key; database: it asks it, and answers 503 without it."""

    id: str
    tag: str
    summary: str
    text: str = ""
    body: Any = None
    body_required: bool = True
    examples: Examples = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    query: type[BaseModel] | None = None
    replies: Mapping[int, Reply]
    refusals: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    key: bool = True
    database: bool = True

    @property
    def types(self) -> list[Any]:
        """Of its bodies."""
        replies = [reply.body for reply in self.replies.values()]
        return [type_ for type_ in (self.body, *replies) if type_ is not None]


Table = Mapping[tuple[str, str], Operation]
"""{(method, path): operation}; paths as OpenAPI writes them: /executions/{execution_id}"""
