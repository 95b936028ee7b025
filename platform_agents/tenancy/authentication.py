"""API-key authentication of the gateway: header `X-API-Key`, looked up in its `api_keys` table.

One answer for missing, malformed, unknown and revoked keys, so that nobody learns which it was.
"""

import hmac
import re
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.request import Request

from platform_agents.tenancy.models import ApiKey

HEADER = "X-API-Key"
_SHAPE = re.compile(r"abw_[0-9a-f]{64}", re.ASCII)
_USED_EVERY = timedelta(minutes=1)
_REFUSED = "A valid API key is required in the X-API-Key header."


class ApiKeyAuthentication(BaseAuthentication):
    """Sets request.user and request.auth to the ApiKey. Raises 401, 400 for two keys."""

    def authenticate(self, request: Request) -> tuple[ApiKey, ApiKey]:
        given = request.headers.get(HEADER, "")
        if "," in given:
            raise ParseError("Send one X-API-Key header, not several.", code="invalid_request")
        key = find_key(given)
        if key is None:
            raise AuthenticationFailed(_REFUSED)
        _touch(key)
        return key, key

    def authenticate_header(self, request: Request) -> str:
        return "ApiKey"


def find_key(given: str) -> ApiKey | None:
    """The stored key equal to `given`; None for anything else. The shape is checked first, so
    that NUL, huge or non-ASCII values never reach the database."""
    if not _SHAPE.fullmatch(given):
        return None
    rows = ApiKey.objects.unscoped("the key itself says which organization").filter(key=given)
    for key in rows:  # one at most: the column is unique
        if hmac.compare_digest(key.key, given):
            return key
    return None


def _touch(key: ApiKey) -> None:
    """Record the use, at most once a minute: the gateway updates the same row."""
    now = timezone.now()
    if key.last_used is not None and now - key.last_used < _USED_EVERY:
        return
    stale = Q(last_used__isnull=True) | Q(last_used__lt=now - _USED_EVERY)
    ApiKey.objects.for_org(key.org_id).filter(stale, pk=key.pk).update(last_used=now)
