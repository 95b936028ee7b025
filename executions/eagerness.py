"""Who of several workers answers a wake-up: all hear it, and one run needs one of them.

The worker whose claim found something stays eager and claims at once. One that came too late holds
back a little, longer each time, and anew with each wake-up that it leaves to the others, so that a
lone run costs one claim and not one per worker. One that has many runs in flight holds back, too:
workers with fewer come first. What the others leave, because they are full or dead, is found
within `_PATIENCE_S`. Kept per lane by `reactor`.
"""

import time

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.002, 0.02
_PATIENCE_S = 0.1
_MANY, _PER_RUN_S, _LONGEST_FOR_RUNS_S = 32, 0.0002, 0.012


class Eagerness:
    """`due`: when this worker may claim, on the monotonic clock. flying: its runs of the lane."""

    def __init__(self) -> None:
        self.due = 0.0
        self._pause_s = 0.0
        self._woken_at: float | None = None

    def woken(self, *, flying: int) -> None:
        """There may be something to claim."""
        pause_s = self._pause_s + _for_runs_s(flying)
        if not pause_s:
            return
        now = time.monotonic()
        if self._woken_at is None:
            self._woken_at = now
        self.due = min(now + pause_s, self._woken_at + _PATIENCE_S)

    def claimed(self, runs: int, *, flying: int) -> None:
        self._woken_at = None
        if runs:
            self._pause_s = 0.0
            self.due = time.monotonic() + _for_runs_s(flying)
        else:
            self._pause_s = min(_LONGEST_PAUSE_S, max(_FIRST_PAUSE_S, self._pause_s * 2))


def _for_runs_s(flying: int) -> float:
    return min(_LONGEST_FOR_RUNS_S, max(0, flying - _MANY) * _PER_RUN_S)
