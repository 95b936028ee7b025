"""AES-GCM for the secrets of organizations: `seal` and `unseal`, pure but for the settings.

The organization and the name are associated data, so a ciphertext that somebody copies to another
organization's row, or to another name, does not open there. Keys come from SECRETS_KEY: the first
one seals, all of them unseal. Called by `platform_agents.tenancy.secrets` only.
"""

import base64
import hashlib
import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES = 32
_NONCE_BYTES = 12
_MAKE_ONE = "Make one with: openssl rand -base64 32"


class CannotUnseal(Exception):
    """The key is not configured any more, or the row was tampered with."""


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """key_id names the key without telling it; box is the nonce and the ciphertext."""

    key_id: str
    box: bytes


def seal(value: str, *, org_id: str, name: str) -> Sealed:
    """Raises ImproperlyConfigured without a usable SECRETS_KEY."""
    key_id, key = next(iter(_keys().items()))
    nonce = os.urandom(_NONCE_BYTES)
    text = _cipher(key).encrypt(nonce, value.encode(), _bound_to(org_id, name))
    return Sealed(key_id=key_id, box=nonce + text)


def unseal(sealed: Sealed, *, org_id: str, name: str) -> str:
    """Raises CannotUnseal, or ImproperlyConfigured without a usable SECRETS_KEY."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 (see above)

    key = _keys().get(sealed.key_id)
    if key is None:
        raise CannotUnseal("The key it was sealed with is not in SECRETS_KEY.")
    nonce, text = sealed.box[:_NONCE_BYTES], sealed.box[_NONCE_BYTES:]
    try:
        return _cipher(key).decrypt(nonce, text, _bound_to(org_id, name)).decode()
    except (InvalidTag, ValueError):
        raise CannotUnseal("It was not sealed for this organization and name.") from None


def current_key_id() -> str:
    """Of the key that seals now. Raises ImproperlyConfigured without a usable SECRETS_KEY."""
    return next(iter(_keys()))


def _cipher(key: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 (see above)

    return AESGCM(key)


def _bound_to(org_id: str, name: str) -> bytes:
    return f"{org_id}\x00{name}".encode()  # neither can hold a NUL: both are PostgreSQL text


def _keys() -> dict[str, bytes]:
    """By id, the sealing one first."""
    if settings.SECRETS_KEY:
        return _parsed(settings.SECRETS_KEY)
    if settings.PRODUCTION:
        raise ImproperlyConfigured(
            "Set SECRETS_KEY before secrets of organizations are stored or used: 32 random bytes "
            f"in base64. {_MAKE_ONE}"
        )
    derived = hashlib.sha256(f"secrets of organizations\x00{settings.SECRET_KEY}".encode())
    return _by_id([derived.digest()])


@cache
def _parsed(text: str) -> dict[str, bytes]:
    return _by_id([_decoded(key.strip()) for key in text.split(",")])


def _decoded(text: str) -> bytes:
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:  # binascii's own is one
        key = b""
    if len(key) != _KEY_BYTES:
        raise ImproperlyConfigured(
            f"SECRETS_KEY holds a key that is not 32 bytes in base64. {_MAKE_ONE}"
        )
    return key


def _by_id(keys: list[bytes]) -> dict[str, bytes]:
    return {hashlib.sha256(b"id of a key\x00" + key).hexdigest()[:12]: key for key in keys}
