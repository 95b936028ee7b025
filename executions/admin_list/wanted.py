"""Which executions an operator asks for: the filters as they are in the address, checked.

The names of the parameters are a contract: other pages link here with them. Called by `view`.
"""

import datetime as dt
from dataclasses import dataclass

from executions.models import Run

UNSUCCESSFUL = "unsuccessful"
NOT_COMPLETED = (
    Run.Outcome.FAILED, Run.Outcome.TIMED_OUT, Run.Outcome.CANCELLED, Run.Outcome.LOST,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Empty or None: any. outcome may be `unsuccessful`; took: the least `Run` bucket of durations;
    since and until: moments; search: an execution's id, or a part of a module's name."""

    outcome: str = ""
    state: str = ""
    origin: str = ""
    module: str = ""
    task: str = ""
    org: str = ""
    took: int = 0
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    search: str = ""

    @property
    def of_runs(self) -> bool:
        """Whether it asks for something that only what we ran has."""
        return bool(self.outcome or self.state or self.origin or self.took)

    @property
    def outcomes(self) -> tuple[str, ...]:
        if self.outcome == UNSUCCESSFUL:
            return NOT_COMPLETED
        return (self.outcome,) if self.outcome else ()
