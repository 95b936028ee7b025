"""Why the tenancy layer refuses a call."""

from typing import ClassVar

from platform_agents.tenancy.rates import whole_seconds


class RateLimited(Exception):
    """wait_s: until the same call can be granted, if nobody else takes its place. part: of the
    request, to which the limit belongs."""

    code: ClassVar[str] = "rate_limited"

    def __init__(self, message: str, *, wait_s: float, part: str) -> None:
        self.retry_after_s = whole_seconds(wait_s)
        super().__init__(f"{message} Try again in {self.retry_after_s} s.")
        self.errors = {part: [message]}
