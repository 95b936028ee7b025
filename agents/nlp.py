"""The NLP agent: a text, or a conversation, through a chat model.

Only its models live here, so that the web process can import it cheaply; openai comes in with
`agents.chat.completion` when the host process preloads or runs it.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from agents.base import BaseAgent
from agents.chat.endpoint import BaseUrl, Endpoint, choose_endpoint
from agents.errors import InvalidConfig, InvalidInput, TransientError
from agents.parsing import parsed

Temperature = Annotated[float, Field(ge=0, le=2)]
MaxTokens = Annotated[int, Field(ge=1, le=1_000_000)]


class ChatMessage(BaseModel):
    """One turn of a conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str


class Tokens(BaseModel):
    """The server's own counts; null when it did not count."""

    input_tokens: int | None
    output_tokens: int | None


class NLPAgent(BaseAgent):
    """Input `{"text": …}` or `{"messages": [{"role", "content"}, …]}`, output
    `{"processed_text", "model", "finish_reason", "usage": {"input_tokens", "output_tokens"}}`.

    finish_reason `length` means that the text was cut at max_tokens. A refusal fails the run.
    """

    name = "nlp"
    aliases = ("nlp_processor", "nlp_agent")
    lane = "io"
    requires = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL")

    class Config(BaseModel):
        """Where to ask, and how; the platform's settings fill what is not set."""

        model: str | None = Field(default=None, description="The platform's model without it.")
        base_url: BaseUrl | None = Field(
            default=None,
            description="An own OpenAI-compatible server. It is never sent the platform's key.",
        )
        api_key: SecretStr | None = Field(
            default=None,
            description="An own key; the platform's without it, unless base_url is set.",
            json_schema_extra={"writeOnly": True, "format": "password"},
        )
        system_prompt: str | None = None
        temperature: Temperature | None = None
        max_tokens: MaxTokens | None = None
        timeout_s: float = Field(default=120, gt=0, le=3600)

    class Input(BaseModel):
        """Exactly one of text and messages; the rest goes before the module's config."""

        text: str | None = None
        messages: list[ChatMessage] | None = Field(default=None, min_length=1)
        system_prompt: str | None = None
        temperature: Temperature | None = None
        max_tokens: MaxTokens | None = None

        @model_validator(mode="after")
        def _says_something(self) -> Self:
            if (self.text is None) == (self.messages is None):
                raise PydanticCustomError("nlp_source", "Expected either text or messages.")
            if self.text is not None and not self.text.strip():
                raise PydanticCustomError("nlp_empty", "text is empty; expected something to say.")
            return self

    class Output(BaseModel):
        """model and finish_reason as the server says them."""

        processed_text: str
        model: str
        finish_reason: str
        usage: Tokens

    @classmethod
    def preload(cls) -> None:
        """Import openai: more than a second."""
        import openai.resources.chat.completions  # noqa: F401, PLC0415  lazy inside openai

        import agents.chat.completion  # noqa: F401, PLC0415

    async def execute(self, input_data: Any) -> dict[str, Any]:
        """One request, never a second one. Raises AgentErrors, see `agents.chat.failures`."""
        from agents.chat.completion import Question, complete  # noqa: PLC0415  brings openai in

        config = parsed(self.Config, self.config, root="config", error=InvalidConfig)
        request = parsed(self.Input, input_data, root="input_data", error=InvalidInput)
        answer = await complete(
            Question(
                messages=_messages(request, config),
                temperature=_first(request.temperature, config.temperature),
                max_tokens=_first(request.max_tokens, config.max_tokens),
            ),
            self._endpoint(config),
            timeout_s=self._timeout_s(config),
            on_usage=self.context.usage,
        )
        usage = answer.usage
        return {
            "processed_text": answer.text,
            "model": answer.model,
            "finish_reason": answer.finish_reason,
            "usage": {
                "input_tokens": usage.input_tokens if usage else None,
                "output_tokens": usage.output_tokens if usage else None,
            },
        }

    def _endpoint(self, config: Config) -> Endpoint:
        return choose_endpoint(
            org_id=self.org_id,
            base_url=config.base_url,
            api_key=config.api_key.get_secret_value().strip() if config.api_key else None,
            model=config.model,
            secrets=self.context.secrets,
            outbound=self.context.outbound,
        )

    def _timeout_s(self, config: Config) -> float:
        remaining_s = self.context.remaining_s()
        if remaining_s is None:
            return config.timeout_s
        if remaining_s <= 0:
            raise TransientError("The run's time was up before the model could be asked.")
        return min(config.timeout_s, remaining_s)


def _messages(request: NLPAgent.Input, config: NLPAgent.Config) -> list[dict[str, str]]:
    prompt = _first(request.system_prompt, config.system_prompt)
    said = [message.model_dump() for message in request.messages or ()]
    if request.text is not None:
        said = [{"role": "user", "content": request.text}]
    return [{"role": "system", "content": prompt}, *said] if prompt else said


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
