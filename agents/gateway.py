"""The platform's own API, as agents that declare `uses_gateway` reach it: `self.context.gateway`.

Paths only, one origin, and the key of the run's own organization: none of them is the caller's to
choose. The origin is what the operator set as NODE_API_URL, so it may be private; nothing else may
be asked through here, and no redirect is followed. Knows no settings and no database.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from agents.errors import PermanentError
from agents.outbound.policy import Policy
from agents.outbound.response import Response

KEY_HEADER = "X-API-Key"
_EXPECTED = "expected the gateway's address alone, such as http://10.0.0.5:5000"
_PATH = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*(\?[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*)?")
_LONGEST_PATH = 2000
_UNDECLARED = (
    "This agent's class does not declare uses_gateway = True, so it is given no access to the "
    "platform's API."
)


class InvalidPath(PermanentError):
    """Not a path of the gateway."""

    code = "invalid_gateway_path"


class GatewayUnavailable(PermanentError):
    """Not set up, not declared, or the organization has no key."""

    code = "gateway_unavailable"


def checked_origin(text: str) -> str:
    """`scheme://host:port` of NODE_API_URL. Raises ValueError that an operator can read."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        bare = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in text)
    except ValueError:
        usable = bare = False
    if not (usable and bare):
        raise ValueError(f"NODE_API_URL is not understood; {_EXPECTED}.")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def checked_path(path: str) -> str:
    """The path, with its query. Raises InvalidPath for what could lead elsewhere: an absolute URL,
    `//host`, `..`, or the same with percent signs."""
    plain = path.partition("?")[0].lower().replace("%2e", ".").replace("%2f", "/")
    if not _PATH.fullmatch(path) or len(path) > _LONGEST_PATH:
        raise InvalidPath("Expected a path of the platform's API, such as /api/tasks?limit=10.")
    if "//" in plain or {".", ".."} & set(plain.split("/")) or "%5c" in plain:
        raise InvalidPath("A path of the platform's API holds neither `//` nor `.` or `..`.")
    return path


def policy(origin: str) -> Policy:
    """What may be reached for this origin: its host at its port, and nothing public."""
    parts = urlsplit(origin)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return Policy(allow=(f"{host}:{port}",), ports=())


class Ask(Protocol):
    async def __call__(
        self, method: str, path: str, *, json: Any, headers: Mapping[str, str]
    ) -> Response: ...


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """url is "" when there is none; key is None when the organization has none. why: said instead
    of asking. ask: in place of the network, for tests."""

    url: str = ""
    key: str | None = field(default=None, repr=False)
    owner: str = ""
    why: str = ""
    ask: Ask | None = field(default=None, repr=False)

    @classmethod
    def undeclared(cls) -> Self:
        return cls(why=_UNDECLARED)

    async def get(self, path: str, **options: Any) -> Response:
        return await self.request("GET", path, **options)

    async def post(self, path: str, *, json: Any = None, **options: Any) -> Response:
        return await self.request("POST", path, json=json, **options)

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Response:
        """Any status is an answer. Raises InvalidPath, GatewayUnavailable, and what
        `context.http` raises."""
        given = {name: value for name, value in (headers or {}).items() if not _is_ours(name)}
        checked_path(path)
        if self.ask is not None:
            return await self.ask(method.upper(), path, json=json, headers=given)
        self._check_available()
        from agents.outbound.client import Client  # noqa: PLC0415  brings aiohttp in

        client = Client(policy(self.url), owner=self.owner)
        return await client.request(
            method, f"{self.url}{path}", json=json, timeout_s=timeout_s,
            headers={**given, KEY_HEADER: self.key or ""},
        )  # fmt: skip

    def _check_available(self) -> None:
        if self.why:
            raise GatewayUnavailable(self.why)
        if not self.url:
            raise GatewayUnavailable(
                "The platform's API cannot be called: whoever runs the platform has to set "
                "NODE_API_URL."
            )
        if not self.key:
            raise GatewayUnavailable(
                "The platform's API cannot be called: this organization has no API key. Make one "
                "in the platform, under API keys."
            )


def _is_ours(name: str) -> bool:
    return name.lower() == KEY_HEADER.lower()
