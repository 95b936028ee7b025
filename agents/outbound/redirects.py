"""What a redirect makes of a request. Called by `client`, for those who want them followed.

A redirect is the server's word, not the caller's: its URL is checked like any, but a refusal has
one text, and to another origin go neither credentials nor a body.
"""

from dataclasses import replace
from urllib.parse import urljoin

from yarl import URL

from agents.errors import OutboundRefused
from agents.outbound.body import ACCEPTED
from agents.outbound.hosts import literal
from agents.outbound.outgoing import Outgoing
from agents.outbound.policy import Policy
from agents.outbound.response import Response
from agents.outbound.urls import check, checked_url

_REDIRECTS = (301, 302, 303, 307, 308)
_HARMLESS = ("accept", "accept-language", "user-agent")


def redirected(request: Outgoing, answer: Response) -> Outgoing | None:
    """The next request; None when the answer is no redirect. Raises OutboundRefused."""
    location = answer.headers.get("Location")
    if answer.status not in _REDIRECTS or not location:
        return None
    url = _target(request, location)
    following = replace(_without_body_if_so(request, answer.status), url=url)
    return following if url.origin() == request.url.origin() else _elsewhere(request, following)


def _target(request: Outgoing, location: str) -> URL:
    try:
        url = checked_url(urljoin(str(request.url), location), request.policy)
    except (OutboundRefused, ValueError):
        raise _refused() from None
    if request.url.scheme == "https" and url.scheme != "https":
        raise _refused()
    return url


def _elsewhere(request: Outgoing, following: Outgoing) -> Outgoing:
    """To another origin. A public server must not send us to one inside, though our own callers may
    go there: only a server that the operator named itself may."""
    policy = request.policy
    if not _is_named(request.url, policy):
        policy = policy.without_exceptions()
    try:
        check(following.url, policy)
    except OutboundRefused:
        raise _refused() from None
    if following.body is not None:
        raise _refused()
    kept = {name: following.headers[name] for name in _HARMLESS if name in following.headers}
    return replace(following, headers={**kept, "accept-encoding": ACCEPTED}, policy=policy)


def _is_named(url: URL, policy: Policy) -> bool:
    """Whether OUTBOUND_ALLOW is why this URL may be asked, as far as the URL tells."""
    host, port = url.raw_host or "", url.port or 0
    address = literal(host)
    if address is None:
        return policy.names(host, port)
    return not policy.without_exceptions().permits(address, port)


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
