"""Signatures of webhooks as Standard Webhooks has them: HMAC-SHA256 over `id.timestamp.body`.

Pure. A secret is `whsec_` and base64 of 24 to 64 bytes; the receiver is given the same text.
Used by the admin and `executions.webhooks`.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
_SHORTEST, _LONGEST, _NEW = 24, 64, 32
EXPECTED = f"{PREFIX} and 24 to 64 random bytes in base64"


class InvalidSigningSecret(ValueError):
    """It says what was expected, never what came."""


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(_NEW)).decode()


def key_of(secret: str) -> bytes:
    """Raises InvalidSigningSecret."""
    try:
        if not secret.startswith(PREFIX):
            raise binascii.Error
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:  # binascii's own is one
        key = b""
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise InvalidSigningSecret(f"A signing secret is {EXPECTED}.")
    return key


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`. Raises InvalidSigningSecret."""
    said = hmac.new(key_of(secret), f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(said.digest()).decode()}"
