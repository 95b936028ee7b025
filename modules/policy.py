"""What a module's policy comes to: its own values where it has some, else the platform's.

Called by `modules.lookup`, whose one query brings the row along.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

COLUMNS = (
    "priority",
    "timeout_s",
    "start_within_s",
    "max_attempts",
    "backoff_s",
    "at_most_once",
    "circuit_failures",
)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """timeout_s: of one attempt. start_within_s: how long a run may wait for its first start, None
    for ever. backoff_s: the longest first pause before another attempt; it doubles with each.
    circuit: failures in a row are counted."""

    priority: int
    timeout_s: float
    start_within_s: float | None
    max_attempts: int
    backoff_s: float
    at_most_once: bool
    circuit: bool

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Policy":
        """row: COLUMNS of modules_policy, all None when the module has none."""
        return cls(
            priority=row["priority"] or 0,
            timeout_s=row["timeout_s"] or settings.RUN_TIMEOUT_SECONDS,
            start_within_s=row["start_within_s"] or settings.RUN_START_WITHIN_SECONDS or None,
            max_attempts=row["max_attempts"] or settings.RUN_MAX_ATTEMPTS,
            backoff_s=(
                settings.RUN_BACKOFF_SECONDS if row["backoff_s"] is None else row["backoff_s"]
            ),
            at_most_once=bool(row["at_most_once"]),
            circuit=row["circuit_failures"] is not None,
        )
