"""What an operation is given for one run: the model, the caller's material, and how to work.

Made by `agents.nlp`, used by `agents.chat.operations`. Nothing here imports openai.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from agents.base import AgentContext
from agents.chat import prompts
from agents.chat.parts import Patience
from agents.chat.question import Message, Model
from agents.chat.template import filled
from agents.errors import InvalidInput

T = TypeVar("T")
Options = TypeVar("Options", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Job:
    """text, texts and messages as the input has them: one of them, or none with a template.
    part_tokens is the size of a long text's parts, None: the operation's own. repairs: how often a
    model is told that its answer does not fit."""

    model: Model
    context: AgentContext
    patience: Patience
    text: str | None = None
    texts: Sequence[str] | None = None
    messages: Sequence[Message] | None = None
    system_prompt: str | None = None
    part_tokens: int | None = None
    repairs: int = 1

    def about(self, text: str, prompt: str, **values: str) -> list[Message]:
        """The messages that ask for work on a text: the operation's prompt, what the module adds to
        it, and the text between marks."""
        material, opens, closes = prompts.delimited(text)
        rule = filled(prompts.MATERIAL, {"opens": opens, "closes": closes})
        told = [filled(prompt, values), rule, self.system_prompt or ""]
        return [
            {"role": "system", "content": "\n\n".join(filter(None, told))},
            {"role": "user", "content": material},
        ]


def merged(options: type[Options], given: BaseModel, config: BaseModel) -> Options:
    """The operation's options: the input's value where it has one, else the config's."""
    values = {}
    for name in options.model_fields:  # some are only the input's, some only the config's
        own = getattr(given, name, None)
        values[name] = getattr(config, name, None) if own is None else own
    return options.model_validate(values, by_name=True)


def needed(value: T | None, name: str, *, operation: str) -> T:
    """An option without a default. Raises InvalidInput."""
    if value is None:
        raise InvalidInput(
            f"input_data.{name} is missing: {operation} needs it, there or in the module's config."
        )
    return value


def values_of(variables: Mapping[str, str | int | float | bool] | None) -> dict[str, str]:
    """A template's values as text; true and false as JSON has them."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in (variables or {}).items()
    }
