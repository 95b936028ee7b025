"""A request about to be sent, checked: method, URL, headers, body; and the one that a redirect
makes of it.

A redirect is the server's word, not the caller's: its URL is checked like any, but a refusal has
one text, and to another origin go neither credentials nor a body.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from yarl import URL

from agents.encoding import to_json
from agents.errors import InvalidInput, InvalidOutput, OutboundRefused
from agents.outbound.body import ACCEPTED
from agents.outbound.policy import Policy
from agents.outbound.response import Response
from agents.outbound.urls import checked_url

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_REDIRECTS = (301, 302, 303, 307, 308)
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
_HARMLESS = ("accept", "accept-language", "user-agent")


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """headers have lower-case names."""

    method: str
    url: URL
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
    found = _checked_headers(headers or {})
    if json is not None:
        body = _json_body(json)
        found.setdefault("content-type", "application/json")
    return Outgoing(
        method=method.upper(),
        url=checked_url(url, policy),
        headers={"user-agent": "platform-agents", **found, "accept-encoding": ACCEPTED},
        body=body.encode() if isinstance(body, str) else body,
    )


def redirected(request: Outgoing, answer: Response, policy: Policy) -> Outgoing | None:
    """The next request; None when the answer is no redirect. Raises OutboundRefused."""
    location = answer.headers.get("Location")
    if answer.status not in _REDIRECTS or not location:
        return None
    url = _target(request.url, location, policy)
    following = replace(_without_body_if_so(request, answer.status), url=url)
    if url.origin() == request.url.origin():
        return following
    if following.body is not None:
        raise _refused()
    kept = {name: following.headers[name] for name in _HARMLESS if name in following.headers}
    return replace(following, headers={**kept, "accept-encoding": ACCEPTED})


def _target(base: URL, location: str, policy: Policy) -> URL:
    try:
        url = checked_url(urljoin(str(base), location), policy)
    except (OutboundRefused, ValueError):
        raise _refused() from None
    if base.scheme == "https" and url.scheme != "https":
        raise _refused()
    return url


def _without_body_if_so(request: Outgoing, status: int) -> Outgoing:
    """As RFC 9110 and browsers have it: 303 means GET, and so do 301 and 302 after POST."""
    becomes_get = status == 303 or (status in (301, 302) and request.method == "POST")
    if not becomes_get or request.method == "HEAD":
        return request
    headers = {name: text for name, text in request.headers.items() if name != "content-type"}
    return replace(request, method="GET", headers=headers, body=None)


def _refused() -> OutboundRefused:
    return OutboundRefused(
        "The server redirects to a URL that may not be followed: not public, less safe, or with a "
        "body for another server."
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
