"""What a WebSocket's first request says: who it is from, and what it asks for.

A key comes in the header X-API-Key or, from browsers that cannot set one, as a subprotocol; never
in the address. A session of the admin counts only for pages of this site, because a browser sends
its cookie along for any page.
"""

import io
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.http import is_same_domain

from executions.feeds.access import (
    Credential,
    KeyCredential,
    SessionCredential,
    session_cookie,
)
from executions.feeds.closing import (
    FOREIGN_ORIGIN,
    KEY_IN_ADDRESS,
    NO_KEY,
    NOT_UNDERSTOOD,
    Closed,
    Why,
)

SUBPROTOCOL = "platform-agents"
_KEY = "key."
MOST_SEQ = 2**63 - 1


def credential(scope: Any) -> Credential:
    """Raises Closed when there is none, or a session's page is not ours."""
    headers = [(name.lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    keys = [value for name, value in headers if name == b"x-api-key"]
    keys += [p.removeprefix(_KEY) for p in scope["subprotocols"] if p.startswith(_KEY)]
    if keys:
        if len(keys) > 1:
            raise Closed(NO_KEY)
        return KeyCredential(keys[0])
    request = _request(scope)
    if not (session_key := session_cookie(request)):
        raise Closed(NO_KEY)
    if not _is_of_this_site(request):
        raise Closed(FOREIGN_ORIGIN)
    return SessionCredential(session_key)


def parameters(scope: Any, *known: str) -> dict[str, str]:
    """Of the address. Raises Closed for a key there, and for what is not known."""
    query = scope["query_string"].decode("latin-1")
    if "abw_" in query:
        raise Closed(KEY_IN_ADDRESS)
    given = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := [name for name in given if name not in known]:
        name = unknown[0][:20].encode("ascii", "replace").decode()
        raise Closed(Why(NOT_UNDERSTOOD, f"Unknown parameter {name!r}; expected {_list(known)}."))
    return given


def seq(text: str) -> int:
    """Raises ValueError."""
    if not (text.isascii() and text.isdigit()) or (number := int(text[:20])) > MOST_SEQ:
        raise ValueError("the seq of an event, such as 42")
    return number


def asked_seq(given: dict[str, str]) -> int:
    try:
        return seq(given.get("after_seq", "0"))
    except ValueError as error:
        raise Closed(Why(NOT_UNDERSTOOD, f"after_seq: expected {error}.")) from None


def asked_time(given: dict[str, str]) -> datetime | None:
    if "after" not in given:
        return None
    try:
        at = parse_datetime(given["after"])
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        what = "after: expected a time with its zone, such as 2026-01-31T12:00:00Z."
        raise Closed(Why(NOT_UNDERSTOOD, what))
    return at


def _request(scope: Any) -> HttpRequest:
    """As Django sees it, for what Django decides: the host, the scheme behind a proxy, cookies."""
    scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
    return ASGIRequest({**scope, "method": "GET", "scheme": scheme}, io.BytesIO())


def _is_of_this_site(request: HttpRequest) -> bool:
    """The same rule as for the admin's forms."""
    origin = request.META.get("HTTP_ORIGIN", "")
    try:
        host = request.get_host()
    except DisallowedHost:
        return False
    if origin == f"{'https' if request.is_secure() else 'http'}://{host}":
        return True
    return any(_matches(origin, trusted) for trusted in settings.CSRF_TRUSTED_ORIGINS)


def _matches(origin: str, trusted: str) -> bool:
    given, wanted = urlsplit(origin), urlsplit(trusted)
    if "*" not in trusted:
        return origin == trusted
    return given.scheme == wanted.scheme and is_same_domain(
        given.netloc, wanted.netloc.removeprefix("*")
    )


def _list(names: tuple[str, ...]) -> str:
    return " or ".join(names) or "none"
