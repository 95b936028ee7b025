"""The input of an NLP module. Used by `agents.nlp`.

Which operation it is for may stand in the config, which is not known here; so the agent checks once
more what the operation works on.
"""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from agents.chat.operations import OPERATIONS, Name, complete, embed
from agents.chat.options import SharedOptions, shown_first


class ChatMessage(BaseModel):
    """One turn of a conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str


_own_first = shown_first("text", "messages", "texts", "operation")


def _describe(schema: dict[str, Any]) -> None:
    """Which of the fields an operation works on, as JSON Schema says what depends on a value."""
    _own_first(schema)
    schema["allOf"] = [
        {
            "if": {"properties": {"operation": {"const": name}}, "required": ["operation"]},
            "then": {"oneOf": [{"required": [source]} for source in operation.sources]},
        }
        for name, operation in OPERATIONS.items()
        if name != "complete"  # which a template may leave without any
    ]


class NlpInput(SharedOptions, complete.InputOptions):
    """What to work on: text, or messages (complete) or texts (embed) in its place."""

    model_config = ConfigDict(json_schema_extra=_describe)

    operation: Name | None = Field(default=None, description="The config's without it.")
    text: str | None = None
    messages: list[ChatMessage] | None = Field(
        default=None, min_length=1, description="A conversation, for complete."
    )
    texts: embed.Texts | None = Field(default=None, description="Several texts, for embed.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.operation is not None or self.texts is None:
            self.check_source(self.operation or "complete")
        elif self.text is not None or self.messages is not None:
            raise PydanticCustomError("nlp_source", "Expected either text or texts.")
        return self

    def check_source(self, operation: Name) -> None:
        """Raises PydanticCustomError unless there is exactly one thing that it can work on."""
        sources = OPERATIONS[operation].sources
        named = ("text", "messages", "texts")
        given = [name for name in named if getattr(self, name) is not None]
        if operation == "complete" and not given and self.variables is not None:
            return  # a template is filled with them
        if len(given) != 1 or given[0] not in sources:
            expected = f"either {' or '.join(sources)}" if len(sources) > 1 else sources[0]
            raise PydanticCustomError("nlp_source", f"Expected {expected}.")
        if self.text is not None and not self.text.strip():
            raise PydanticCustomError("nlp_empty", "text is empty; expected something to say.")
