"""An answer as agents see it: read whole, unpacked, within the policy's bounds."""

import codecs
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any, NoReturn

from agents.encoding import MAX_DEPTH
from agents.errors import PermanentError

_CHARSETS = {"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "utf-16"}
"""By the names of Python's codecs. Others decode slowly, or to something that is not text."""


@dataclass(frozen=True, kw_only=True)
class Response:
    """Whatever the status: who asked decides what it means. headers ignore case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    max_depth: int = MAX_DEPTH

    def text(self) -> str:
        """In the charset the server names, else UTF-8; what cannot be decoded becomes U+FFFD."""
        return self.body.decode(_charset(self.headers.get("Content-Type", "")), "replace")

    def json(self) -> Any:
        """Raises PermanentError for what is no JSON, holds NaN, Infinity or a number beyond a
        float, or is nested too deep. The server's own text is not in the message."""
        try:
            found = json.loads(self.body, parse_constant=_no_number, parse_float=_finite)
        except json.JSONDecodeError as broken:
            raise PermanentError(
                f"The server's answer is not JSON (line {broken.lineno}, column {broken.colno})."
            ) from None
        except RecursionError:
            raise self._too_deep() from None
        except ValueError:
            raise PermanentError(
                "The server's answer is not JSON in UTF-8, or holds a number that JSON or Python "
                "cannot express."
            ) from None
        if _is_deeper(found, self.max_depth):
            raise self._too_deep()
        return found

    def _too_deep(self) -> PermanentError:
        return PermanentError(
            f"The JSON of the server's answer is nested deeper than {self.max_depth} levels."
        )


def _charset(content_type: str) -> str:
    message = Message()
    message["Content-Type"] = content_type
    try:
        name = codecs.lookup(message.get_content_charset("utf-8")).name
    except (LookupError, ValueError):
        return "utf-8"
    return name if name in _CHARSETS else "utf-8"


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits[:40])
    return number


def _is_deeper(value: Any, most: int) -> bool:
    """A level at a time, so that no nesting is too deep for the look itself."""
    level = [value]
    for _ in range(most):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    """The containers in a container."""
    if not isinstance(value, dict | list):
        return []
    values = value.values() if isinstance(value, dict) else value
    return [inner for inner in values if isinstance(inner, dict | list)]
