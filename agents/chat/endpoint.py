"""Where a module's requests go, and with which key.

The rule this file exists for: the platform's key goes to the platform's server only. A module that
names its own `base_url` sends its own `api_key`, or none; otherwise anyone who may edit a module
could read the platform's key off a server of theirs. Fallback models are held to the same rule by
the same function. Called by `agents.nlp`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from agents.errors import InvalidConfig
from agents.outbound.policy import Policy


def _base_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc or parts.query or parts.fragment:
        raise PydanticCustomError(
            "base_url",
            "Expected an http or https address such as https://api.example.com/v1, without user, "
            "password or query.",
        )
    return value


BaseUrl = Annotated[str, AfterValidator(_base_url)]
Provider = Literal["openai", "azure", "compatible"]
OPENAI_URL = "https://api.openai.com/v1"
AZURE_API_VERSION = "2024-10-21"
"""The stable version of Azure's API that first knew max_completion_tokens and json_schema."""
_AZURE_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """key is empty for a server that wants none; owner is the organization whose own server or key
    it is, empty for the platform's: connections are shared within one owner only. outbound is what
    a module's own server may be; None for the platform's, which the operator chose. api_version is
    sent when it is not empty."""

    base_url: str
    model: str
    key: str = field(repr=False)
    owner: str
    outbound: Policy | None = None
    provider: Provider = "compatible"
    api_version: str = ""

    @property
    def host(self) -> str:
        """The server's name for messages."""
        return urlsplit(self.base_url).netloc

    @property
    def max_tokens_name(self) -> str:
        """OpenAI's newer models refuse max_tokens, most other servers know nothing else."""
        return "max_tokens" if self.provider == "compatible" else "max_completion_tokens"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A server as a module configures it, at the path `where`; None: not said."""

    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    model: str | None = None
    provider: Provider | None = None
    api_version: str | None = None
    where: str = "config"

    def at(self, other: "Place") -> "Place":
        """At the other's server, with its key unless this has its own."""
        return replace(
            self,
            base_url=other.base_url,
            api_key=self.api_key or other.api_key,
            provider=self.provider or other.provider,
            api_version=self.api_version or other.api_version,
        )


def choose_endpoint(
    place: Place, *, org_id: str, secrets: Mapping[str, str], outbound: Policy
) -> Endpoint:
    """Raises InvalidConfig naming what to set."""
    if place.base_url:
        return _endpoint(
            place,
            base_url=place.base_url,
            model=_model(
                place.model, "config.model is missing: a module with its own base_url names it"
            ),
            key=_sendable(place.api_key or "", f"{place.where}.api_key"),
            owner=org_id,
            outbound=outbound,
        )
    key = place.api_key or secrets.get("OPENAI_API_KEY", "")
    if not key:
        raise InvalidConfig(
            "No API key: set OPENAI_API_KEY in the platform's settings, or api_key in the "
            "module's config."
        )
    return _endpoint(
        place,
        base_url=secrets.get("OPENAI_BASE_URL") or OPENAI_URL,
        model=_model(
            place.model or secrets.get("OPENAI_MODEL"),
            "No model: set OPENAI_MODEL in the platform's settings, or model in the module's "
            "config",
        ),
        key=_sendable(key, f"{place.where}.api_key" if place.api_key else "OPENAI_API_KEY"),
        owner=org_id if place.api_key else "",
    )


def _endpoint(
    place: Place, *, base_url: str, model: str, key: str, owner: str,
    outbound: Policy | None = None,
) -> Endpoint:  # fmt: skip
    provider = place.provider or _provider(base_url)
    by_deployment = provider == "azure" and not base_url.rstrip("/").endswith("/v1")
    return Endpoint(
        base_url=_of_deployment(base_url, model) if by_deployment else base_url,
        model=model,
        key=key,
        owner=owner,
        outbound=outbound,
        provider=provider,
        api_version=place.api_version or (AZURE_API_VERSION if by_deployment else ""),
    )


def _provider(base_url: str) -> Provider:
    host = urlsplit(base_url).hostname or ""
    if host == "api.openai.com":
        return "openai"
    return "azure" if host.endswith(_AZURE_HOSTS) else "compatible"


def _of_deployment(base_url: str, model: str) -> str:
    """Azure's older form of addresses names the deployment in the path, and reads no model."""
    if "/openai/deployments/" in base_url:
        return base_url
    if not model.strip("."):
        raise InvalidConfig("model is no name of a deployment.")
    root = base_url.rstrip("/").removesuffix("/openai")
    return f"{root}/openai/deployments/{quote(model, safe='')}"


def _model(name: str | None, otherwise: str) -> str:
    if not name:
        raise InvalidConfig(f"{otherwise}.")
    return name


def _sendable(key: str, setting: str) -> str:
    """A key with a line break would end the header it is sent in."""
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise InvalidConfig(
            f"{setting} holds a space, a line break or a character that no API key has; enter it "
            "again."
        )
    return key
