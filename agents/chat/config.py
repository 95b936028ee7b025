"""The config of an NLP module, and the servers that it names. Used by `agents.nlp`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from agents.chat.endpoint import BaseUrl, Place, Provider
from agents.chat.operations import Name, complete
from agents.chat.options import SharedOptions, shown_first
from agents.chat.prices import Price

ModelName = Annotated[str, Field(min_length=1, max_length=200)]
ApiVersion = Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,40}$")]


class Fallback(BaseModel):
    """A model that is asked when the ones before it cannot answer. With a base_url of its own it is
    sent its own api_key or none; without, it is at the module's server."""

    model: ModelName
    base_url: BaseUrl | None = None
    api_key: SecretStr | None = Field(
        default=None, json_schema_extra={"writeOnly": True, "format": "password"}
    )
    provider: Provider | None = None
    api_version: ApiVersion | None = None


class NlpConfig(SharedOptions, complete.ConfigOptions):
    """Where to ask, and how; the platform's settings fill what is not set."""

    model_config = ConfigDict(json_schema_extra=shown_first("operation", "model", "system_prompt"))

    operation: Name = "complete"
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
    provider: Provider | None = Field(
        default=None, description="What kind of server; told by its address without it."
    )
    api_version: ApiVersion | None = Field(default=None, description="Azure's api-version.")
    fallback_models: list[ModelName | Fallback] = Field(default=[], max_length=5)
    timeout_s: float = Field(default=120, gt=0, le=3600, description="Of one request.")
    repairs: int = Field(
        default=1, ge=0, le=3, description="How often an answer that does not fit is sent back."
    )
    part_tokens: int | None = Field(
        default=None, ge=100, le=1_000_000, description="Of a part of a long text."
    )
    parallel: int = Field(default=4, ge=1, le=16, description="Parts that are asked at once.")
    part_retries: int = Field(
        default=3, ge=0, le=10, description="Of one part, inside the run; runs have their own."
    )
    prices: dict[str, Price] = Field(
        default={}, max_length=100, description="By model; before the built-in table."
    )


def places(config: NlpConfig) -> list[Place]:
    """The module's server, then its fallbacks: with a base_url of their own they share nothing with
    it, without one they are the same server, and use the same key unless they have their own."""
    own = Place(
        base_url=config.base_url,
        api_key=_secret(config.api_key),
        model=config.model,
        provider=config.provider,
        api_version=config.api_version,
    )
    fallbacks = enumerate(config.fallback_models)
    return [own, *(_fallback_place(entry, index, own) for index, entry in fallbacks)]


def _fallback_place(entry: str | Fallback, index: int, own: Place) -> Place:
    if isinstance(entry, str):
        entry = Fallback(model=entry)
    given = Place(
        base_url=entry.base_url,
        api_key=_secret(entry.api_key),
        model=entry.model,
        provider=entry.provider,
        api_version=entry.api_version,
        where=f"config.fallback_models.{index}",
    )
    return given if entry.base_url else given.at(own)


def _secret(key: SecretStr | None) -> str | None:
    return key.get_secret_value().strip() if key else None
