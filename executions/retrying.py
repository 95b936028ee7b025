"""Whether a failed attempt is followed by another, and after which pause. Pure.

Only failures whose class says so are tried again (see `agents.errors`): a network that is down, a
server that asks for patience. Pauses double and are drawn at random from zero up ("full jitter"),
so that runs which failed together do not come back together.
"""

import random

from django.conf import settings

from executions.claims import Claimed


def pause_s(run: Claimed, *, retry_after_s: float | None) -> float | None:
    """Seconds until the next attempt; None when there shall be none. retry_after_s: what the other
    side asked for; it is given, and a little more."""
    if run.last_attempt:
        return None
    most = settings.RUN_MAX_BACKOFF_SECONDS
    pause = random.uniform(0, min(most, run.backoff_s * 2 ** min(run.attempt - 1, 30)))  # noqa: S311
    if retry_after_s is not None:
        if retry_after_s > most:
            return None
        pause = max(0.0, retry_after_s) + min(pause, run.backoff_s)
    if run.remaining_s is not None and pause >= run.remaining_s:
        return None
    return pause
