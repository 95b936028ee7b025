"""What operations ask of a model and what they are answered: the words between the two sides.

`agents.chat.operations` uses a `Model` and knows no server; `agents.chat.servers` is one and knows
no operation. Nothing here imports openai.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, Field

from agents.base import Usage

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL and halves of characters: they must not cost an answer that is paid for."""

Message = dict[str, str]
ResponseFormat = dict[str, Any] | None


class Tokens(BaseModel):
    """The server's own counts, summed up over the run; null when it did not count. cost_usd is
    null when the price of a model that answered is not known."""

    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None = Field(default=None, description="US dollars.")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One request. messages and response_format as the API has them; None leaves the server its
    own default."""

    messages: Sequence[Message]
    temperature: float | None = None
    max_tokens: int | None = None
    response_format: ResponseFormat = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """usage is None when the server did not count."""

    text: str
    model: str
    finish_reason: str
    usage: Usage | None


@dataclass(frozen=True, kw_only=True)
class Vectors:
    """One vector for each text, in order, all of the same length."""

    values: list[list[float]]
    model: str
    usage: Usage | None


class Model(Protocol):
    """One or more servers that answer. Raises AgentErrors, see `agents.chat.failures`."""

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        formats: Sequence[ResponseFormat] = (None,),
        streamed: bool = False,
    ) -> Answer:
        """One answer of the first model that gives one, in the first of the formats that its server
        knows. streamed: the text is reported while it arrives, if the module wants that."""

    async def embed(self, texts: Sequence[str], *, dimensions: int | None) -> Vectors:
        """Vectors of the first model that gives some; every later call asks that one only."""

    def spent(self) -> Tokens:
        """What the run has used so far."""
