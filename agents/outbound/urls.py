"""What can be refused from a URL alone, before anything is looked up.

The texts tell a module's author which rule the URL breaks. They are about what the author wrote:
what DNS would say about a name is never in them. Called by `client` for each URL and redirect, and
by `guard` for each connection.
"""

import re

from yarl import URL

from agents.errors import OutboundRefused
from agents.outbound import hosts
from agents.outbound.addresses import is_public
from agents.outbound.policy import Policy

MAX_LENGTH = 8000
_NEVER_IN_A_URL = re.compile(r"[\x00-\x20\x7f\\]")
_NEEDS_NO_QUOTING = re.compile(r"[A-Za-z0-9:/?#\[\]@!$&'()*+,;=._~%-]*")


def checked_url(text: str, policy: Policy) -> URL:
    """The URL to ask, without its fragment. Raises OutboundRefused."""
    if len(text) > MAX_LENGTH:
        raise OutboundRefused(f"The URL is longer than {MAX_LENGTH:,} characters.")
    if _NEVER_IN_A_URL.search(text):
        raise OutboundRefused("The URL holds a space, a control character or a backslash.")
    try:
        url = _as_written(text).with_fragment(None)
    except ValueError:
        raise OutboundRefused(
            "The URL cannot be read; expected one such as https://api.example.com/v1."
        ) from None
    check(url, policy)
    return url


def _as_written(text: str) -> URL:
    """yarl normalizes more than the host: a signed URL would no longer fit its signature."""
    url = URL(text)
    if not (url.absolute and _NEEDS_NO_QUOTING.fullmatch(text)):
        return url
    raw = URL(text, encoded=True)
    return URL.build(
        scheme=url.scheme,
        authority=url.raw_authority,
        path=raw.raw_path or "/",
        query_string=raw.raw_query_string,
        encoded=True,
    )


def check(url: URL, policy: Policy) -> None:
    """Raises OutboundRefused naming the rule that the URL breaks."""
    if url.scheme not in ("http", "https"):
        raise OutboundRefused("The URL must begin with http:// or https://.")
    host, port = url.raw_host, url.port
    if not host or not port:
        raise OutboundRefused("The URL names no host, or the port 0.")
    if "@" in url.raw_authority:
        raise OutboundRefused(
            "The URL holds a user or password; send them in the Authorization header."
        )
    _check_host(host, port, policy)


def _check_host(host: str, port: int, policy: Policy) -> None:
    address = hosts.literal(host)
    if address is None:
        _check_name(host, port, policy)
    elif not policy.permits(address, port):
        raise _port_refused(port, policy) if is_public(address) else _address_refused(host, port)


def _check_name(host: str, port: int, policy: Policy) -> None:
    if not hosts.is_name(host):
        raise OutboundRefused(
            f"{host[:100]!r} is neither a host name nor an IP address in its usual form."
        )
    if not policy.may_use_port(host, port):
        raise _port_refused(port, policy)


def _address_refused(host: str, port: int) -> OutboundRefused:
    return OutboundRefused(
        f"The address {host} is not public, so agents may not reach it on port {port}; an operator "
        "can allow it with OUTBOUND_ALLOW."
    )


def _port_refused(port: int, policy: Policy) -> OutboundRefused:
    ports = ", ".join(map(str, policy.ports)) or "none"
    return OutboundRefused(
        f"The port {port} may not be used; allowed are: {ports}. An operator can allow others with "
        "OUTBOUND_PORTS or OUTBOUND_ALLOW."
    )
