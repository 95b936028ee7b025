"""Where a module's requests go, and with which key.

The rule this file exists for: the platform's key goes to the platform's server only. A module that
names its own `base_url` sends its own `api_key`, or none; otherwise anyone who may edit a module
could read the platform's key off a server of theirs. Called by `agents.nlp`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

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
OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """key is empty for a server that wants none; owner is the organization whose own server or key
    it is, empty for the platform's: connections are shared within one owner only. outbound is what
    a module's own server may be; None for the platform's, which the operator chose."""

    base_url: str
    model: str
    key: str = field(repr=False)
    owner: str
    outbound: Policy | None = None

    @property
    def host(self) -> str:
        """The server's name for messages."""
        return urlsplit(self.base_url).netloc

    @property
    def is_openai(self) -> bool:
        """Whether OpenAI itself answers; others know an older set of parameters."""
        return urlsplit(self.base_url).hostname == "api.openai.com"


def choose_endpoint(
    *,
    org_id: str,
    base_url: str | None,
    api_key: str | None,
    model: str | None,
    secrets: Mapping[str, str],
    outbound: Policy,
) -> Endpoint:
    """The first three as the module configures them. Raises InvalidConfig naming what to set."""
    if base_url:
        return Endpoint(
            base_url=base_url,
            model=_model(model, "config.model is missing: a module with its own base_url names it"),
            key=_sendable(api_key or "", "config.api_key"),
            owner=org_id,
            outbound=outbound,
        )
    key = api_key or secrets.get("OPENAI_API_KEY", "")
    if not key:
        raise InvalidConfig(
            "No API key: set OPENAI_API_KEY in the platform's settings, or api_key in the "
            "module's config."
        )
    return Endpoint(
        base_url=secrets.get("OPENAI_BASE_URL") or OPENAI_URL,
        model=_model(
            model or secrets.get("OPENAI_MODEL"),
            "No model: set OPENAI_MODEL in the platform's settings, or model in the module's "
            "config",
        ),
        key=_sendable(key, "config.api_key" if api_key else "OPENAI_API_KEY"),
        owner=org_id if api_key else "",
    )


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
