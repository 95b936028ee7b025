"""What is said between the platform and a remote server: addresses, signatures, answers.

Requests and callbacks are signed the same way, with the module's `signing_key`: HMAC-SHA256 over
`timestamp.body`, so that neither can be changed, nor sent again later. Pure; used by
`agents.remote` (requests, answers) and by `executions.answering` (callbacks).
"""

import hashlib
import hmac
import re
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, model_validator
from pydantic_core import PydanticCustomError

TIMESTAMP = "X-Platform-Timestamp"
SIGNATURE = "X-Platform-Signature"
VALID_S = 300
"""Seconds that a signature's timestamp may differ from the reader's clock."""
SHORTEST_KEY = 16
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_LONGEST_ENDPOINT = 2000


def signature(key: str, *, timestamp: str, body: bytes) -> str:
    said = hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"v1={said.hexdigest()}"


def is_signed(key: str, *, timestamp: str, given: str, body: bytes, now_s: float) -> bool:
    """Whether `given` is the signature, made within five minutes of now."""
    if not _SECONDS.fullmatch(timestamp) or abs(now_s - int(timestamp)) > VALID_S:
        return False
    right = signature(key, timestamp=timestamp, body=body)
    return hmac.compare_digest(right.encode(), given.encode("utf-8", "replace"))


def check_endpoint(url: str) -> None:
    """Raises ValueError, for people, unless it is an address that requests can be sent to. Whether
    it may be reached is decided when it is called."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url or len(url) > _LONGEST_ENDPOINT:
        raise ValueError(
            "Expected an http or https address such as https://agents.example.com/run."
        )
    if "@" in parts.netloc:
        raise ValueError(
            "The address must hold no user or password: requests are signed with signing_key."
        )
    if parts.fragment:
        raise ValueError("The address must hold no #fragment: it would not be sent.")


class Answer(BaseModel):
    """A run's end, as the remote server says it: at once with 200, or by callback. More fields may
    be there and are ignored, as in the older shape `{execution_id, status, output, error}`."""

    status: Literal["completed", "failed"] | None = None
    output: Any = None
    error: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set & {"status", "output", "error"}:
            raise PydanticCustomError(
                "remote_answer", "Expected output, or status failed with an error."
            )
        return self

    @property
    def failed(self) -> bool:
        if self.status is not None:
            return self.status == "failed"
        return self.error is not None
