"""JSON bodies, strictly: what is accepted here can be stored, logged and sent to JavaScript.

Refused with a sentence that says why: bodies over the limit (413), other content types and encoded
bodies (415), and as 400 anything that is not JSON by the letter: NaN and Infinity, numbers beyond a
float (1e999), repeated keys, NUL and lone surrogates, nesting deeper than 100 levels.
"""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

from platform_agents.shared_schema.strict_json import parse

MAX_DEPTH = 100
_CONTAINERS = (dict, list)
_CHUNK = 65_536


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"


class RawJSONParser(BaseParser):
    """The bytes of the body: who checks a signature reads no JSON before."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {})["request"]
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise UnsupportedMediaType("", detail="Send the body without a Content-Encoding.")
        return _read(stream, int(request.META.get("CONTENT_LENGTH") or 0))


class StrictJSONParser(RawJSONParser):
    def parse(self, *args: Any, **kwargs: Any) -> Any:
        return loads(super().parse(*args, **kwargs))


def _read(stream: IO[bytes], announced: int) -> bytes:
    limit = settings.MAX_BODY_BYTES
    body = b"" if announced > limit else stream.read(limit + 1)
    if announced > limit or len(body) > limit:
        # Some of the rest is read, so that the answer reaches a client that is still sending.
        for _ in range(4 * limit // _CHUNK):
            if not stream.read(_CHUNK):
                break
        raise BodyTooLarge(f"The body is larger than the limit of {limit:,} bytes.")
    return body


def loads(body: bytes) -> Any:
    """The value of a strict JSON text. Raises ParseError with a readable reason."""
    try:
        value = parse(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8 (byte {error.start}).") from error
    except ValueError as error:
        raise ParseError(f"The body is not valid JSON: {error}") from error
    _check_depth(value)
    return value


def _check_depth(value: Any) -> None:
    level, depth = [value] if type(value) in _CONTAINERS else [], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH + 1:
            raise ParseError(f"The body is nested deeper than {MAX_DEPTH} levels.")
        below: list[Any] = []
        for container in level:
            values = container.values() if type(container) is dict else container
            below += [child for child in values if type(child) in _CONTAINERS]
        level = below
