"""A request about to be sent, checked: its method, URL, headers and body. Made by `client`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yarl import URL

from agents.encoding import to_json
from agents.errors import InvalidInput, InvalidOutput, OutboundRefused
from agents.outbound.body import ACCEPTED
from agents.outbound.policy import Policy
from agents.outbound.urls import checked_url

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_A_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_OURS = frozenset(
    (
        "host",
        "content-length",
        "transfer-encoding",
        "te",
        "trailer",
        "connection",
        "keep-alive",
        "upgrade",
        "expect",
        "accept-encoding",
        "proxy-authorization",
        "proxy-connection",
    )
)
"""Headers that decide where a request goes or where it ends; they are never the caller's."""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """headers have lower-case names; policy is what holds for this hop."""

    method: str
    url: URL
    policy: Policy
    headers: Mapping[str, str]
    body: bytes | None


def outgoing(
    method: str,
    url: str,
    policy: Policy,
    *,
    headers: Mapping[str, str] | None,
    json: Any,
    body: bytes | str | None,
) -> Outgoing:
    """Raises OutboundRefused for what may not be sent, InvalidInput for what is not JSON."""
    if method.upper() not in _METHODS:
        raise OutboundRefused(f"The method must be one of {', '.join(_METHODS)}.")
    if json is not None and body is not None:
        raise TypeError("A request has either json or body, not both.")
    found = _checked_headers(headers or {})
    if json is not None:
        body = _json_body(json)
        found.setdefault("content-type", "application/json")
    return Outgoing(
        method=method.upper(),
        url=checked_url(url, policy),
        policy=policy,
        headers={"user-agent": "platform-agents", **found, "accept-encoding": ACCEPTED},
        body=body.encode() if isinstance(body, str) else body,
    )


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name, text in headers.items():
        if not _TOKEN.fullmatch(name) or name.lower() in _OURS:
            raise OutboundRefused(f"The header {name[:100]!r} may not be set.")
        if _NOT_IN_A_VALUE.search(text):
            raise OutboundRefused(
                f"The header {name[:100]} holds a line break or another character that no header "
                "can."
            )
    return {name.lower(): text for name, text in headers.items()}


def _json_body(value: Any) -> str:
    try:
        return to_json(value)
    except InvalidOutput as error:
        why = str(error).replace("The output", "It")
        raise InvalidInput(f"The body of the request cannot be sent. {why}") from None
