"""The server's JSON, checked: OpenAI-compatible servers differ in what they leave out.

Called by `completion`, `streaming` and `embeddings`. Raises PermanentError for a reply that is no
chat completion (asking again would be paid for again and bring the same), naming the path.
"""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from agents.chat.question import UNSTORABLE
from agents.errors import PermanentError
from agents.validation import error_paths, readable

MAX_NAME = 200


def _short(value: str) -> str:
    return UNSTORABLE.sub("\ufffd", value[:MAX_NAME])


Name = Annotated[str, AfterValidator(_short)]
"""What a server calls a model, or a reason: stored with the run, so storable and short."""


class Message(BaseModel):
    """content is null when the model refused, or was cut off before it said anything."""

    content: str | None = None
    refusal: str | None = None


class Choice(BaseModel):
    """One of the answers; the agent asks for one."""

    message: Message
    finish_reason: Name | None = None


class PromptDetails(BaseModel):
    """Of the prompt's tokens, those that the server had in its cache."""

    cached_tokens: int | None = Field(default=None, ge=0)


class TokenCounts(BaseModel):
    """The server's own counts."""

    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    prompt_tokens_details: PromptDetails | None = None

    @property
    def cached(self) -> int:
        """How many of the prompt's tokens are charged at the cache's price."""
        details = self.prompt_tokens_details
        return min(self.prompt_tokens, (details.cached_tokens if details else None) or 0)


class Reply(BaseModel):
    """usage is None when the server counts no tokens, as small local ones do."""

    choices: list[Choice] = Field(min_length=1)
    model: Name | None = None
    usage: TokenCounts | None = None


def read_json(body: bytes, *, host: str) -> Any:
    """The body as JSON. Raises PermanentError, which usually means a wrong base_url."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise PermanentError(
            f"The model server {host} answered with something that is not JSON; check that "
            "base_url is the API's address (it usually ends in /v1)."
        ) from None


def as_reply(value: Any, *, host: str) -> Reply:
    """The JSON as a chat completion. Raises PermanentError naming what is wrong in it."""
    try:
        return Reply.model_validate(value)
    except ValidationError as error:
        raise PermanentError(
            f"The model server {host} answered with JSON that is no chat completion: "
            f"{readable(error_paths(error, 'reply'))[:300]}"
        ) from None
