"""API-key authentication of the gateway: header `X-API-Key`, looked up in its `api_keys` table.

One answer for missing, malformed, unknown and revoked keys, so that nobody learns which it was.
"""

import hmac
import re
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.request import Request

from platform_agents.postgres.prepared import fetch
from platform_agents.tenancy.models import ApiKey
from platform_agents.tenancy.remembered import remembered
from platform_agents.tenancy.strangers import strangers

HEADER = "X-API-Key"
_SHAPE = re.compile(r"abw_[0-9a-f]{64}", re.ASCII)
# By hand: every call waits for it. The use is recorded once a minute at most, because the gateway
# updates the same row; whoever comes second finds it fresh.
_FIND = """
SELECT id, org_id, name, key,
       coalesce(last_used > now() AT TIME ZONE 'utc' - interval '1 min', false)
FROM public.api_keys WHERE key = %s"""
_TOUCH = """
UPDATE public.api_keys SET last_used = now() AT TIME ZONE 'utc'
WHERE id = %s AND coalesce(last_used < now() AT TIME ZONE 'utc' - interval '1 min', true)
RETURNING id"""
_REFUSED = "A valid API key is required in the X-API-Key header."


class ApiKeyAuthentication(BaseAuthentication):
    """Sets request.user and request.auth to the ApiKey. Raises 401, 400 for two keys, 429 for an
    address that sent too many wrong ones."""

    def authenticate(self, request: Request) -> tuple[ApiKey, ApiKey]:
        given = request.headers.get(HEADER, "")
        if "," in given:
            raise ParseError("Send one X-API-Key header, not several.", code="invalid_request")
        address = request.META.get("REMOTE_ADDR", "")
        strangers.look(address, given)
        key = self.found(request, given)
        if key is None:
            strangers.was_wrong(address)
            raise AuthenticationFailed(_REFUSED)
        strangers.was_good(given)
        return key, key

    def found(self, request: Request, given: str) -> ApiKey | None:
        return find_key(given)

    def authenticate_header(self, request: Request) -> str:
        return "ApiKey"


class RememberingAuthentication(ApiKeyAuthentication):
    """For a view that proves the key itself, before it answers anything: see `remembered`."""

    def found(self, request: Request, given: str) -> ApiKey | None:
        if request.method == "POST" and (key := remembered.recall(given)):
            return key
        if key := super().found(request, given):
            remembered.learn(key)
        return key


def key_of(request: Request) -> ApiKey:
    """Of a request that was authenticated; there is no other way to be."""
    key: Any = request.auth
    assert isinstance(key, ApiKey)
    return key


def prove(key: ApiKey) -> None:
    """Ask whether a remembered key still holds. Raises AuthenticationFailed."""
    if key.proved:
        return
    remembered.forget(key.key)
    found = find_key(key.key)
    if found is None or (found.id, found.org_id) != (key.id, key.org_id):
        raise AuthenticationFailed(_REFUSED)
    key.proved = True


def find_key(given: str) -> ApiKey | None:
    """The stored key equal to `given`; None for anything else. The shape is checked first, so
    that NUL, huge or non-ASCII values never reach the database."""
    if not _SHAPE.fullmatch(given):
        return None
    for key_id, org_id, name, stored, fresh in fetch(_FIND, [given]):  # one: key is unique
        if hmac.compare_digest(stored, given):
            if not fresh:
                fetch(_TOUCH, [key_id])
            return ApiKey(id=key_id, org_id=org_id, name=name, key=stored)
    return None
