"""The name of a language, as `summarize` and `translate` are told it: a few plain words."""

from typing import Annotated

from pydantic import StringConstraints

Language = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=2, max_length=60, pattern=r"^[\w][\w ()'.,\-]*$"
    ),
]
"""`French`, `pt-BR`, `Chinese (Traditional)`: no line breaks, nothing that reads like orders."""
