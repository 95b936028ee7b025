"""Why a list is refused."""

from typing import ClassVar


class InvalidQuery(Exception):
    """`errors` maps query parameters to what is wrong with them."""

    code: ClassVar[str] = "invalid_request"

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("The query parameters are not as expected.")
        self.errors = errors
