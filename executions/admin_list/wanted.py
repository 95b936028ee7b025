"""Which executions an operator asks for: the filters as they are in the address, checked.

The names of the parameters are a contract: other pages link here with them. Called by `view`.
"""

import datetime as dt
from dataclasses import dataclass

from executions.models import Run

UNSUCCESSFUL = "unsuccessful"
FAILURES = "failures"
NOT_COMPLETED = (
    Run.Outcome.FAILED, Run.Outcome.TIMED_OUT, Run.Outcome.CANCELLED, Run.Outcome.LOST,
)  # fmt: skip
FAILED = (Run.Outcome.FAILED, Run.Outcome.TIMED_OUT, Run.Outcome.LOST)
"""What counts against a module: nobody cancelled these."""
_SEVERAL = {UNSUCCESSFUL: NOT_COMPLETED, FAILURES: FAILED}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Empty or None: any. outcome may be `unsuccessful` or `failures`; took: the least `Run` bucket
    of durations; since and until: moments, of the end where `ended` says so; search: an execution's
    id, or a part of a module's name."""

    outcome: str = ""
    state: str = ""
    origin: str = ""
    module: str = ""
    task: str = ""
    org: str = ""
    took: int = 0
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    ended: bool = False
    search: str = ""

    @property
    def of_runs(self) -> bool:
        """Whether it asks for something that only what we ran has."""
        return bool(self.outcome or self.state or self.origin or self.took or self.ended)

    @property
    def outcomes(self) -> tuple[str, ...]:
        return _SEVERAL.get(self.outcome, (self.outcome,) if self.outcome else ())
