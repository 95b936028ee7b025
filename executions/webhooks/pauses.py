"""When a delivery that failed is tried again. Pure but for the settings.

Pauses triple from WEBHOOK_BACKOFF_SECONDS up to six hours and are drawn at random from zero up, so
that what failed together does not come back together: with 15 attempts 23 hours on average, 45 at
most. What the receiver asks for with Retry-After is given, up to a day.
"""

import random

from django.conf import settings

LONGEST_S = 6 * 3600.0
MOST_PATIENCE_S = 86_400.0


def next_in_s(attempts: int, *, retry_after_s: float | None = None) -> float | None:
    """Seconds until the next attempt after so many; None when that was the last one."""
    if attempts >= settings.WEBHOOK_ATTEMPTS:
        return None
    pause = random.uniform(0, longest_s(attempts))  # noqa: S311 (no secret)
    return max(pause, min(retry_after_s or 0.0, MOST_PATIENCE_S))


def longest_s(attempts: int) -> float:
    grown: float = settings.WEBHOOK_BACKOFF_SECONDS * 3 ** min(attempts - 1, 30)
    return min(LONGEST_S, grown)
