"""The comparison of what was promised with what is, and one line of the table for each fault."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.faults.journal import Fate, Journal

RECOVERY_S = 30
"""The promise: a run that comes after the fault has finished within this time."""


@dataclass(kw_only=True)
class Verdict:
    """Ids under what is wrong with them; recovery in seconds, None where nothing was down."""

    fault: str
    runs: int
    recovery_s: float | None
    lost: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    disagree: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        slow = self.recovery_s is not None and self.recovery_s > RECOVERY_S
        return not (self.lost or self.stuck or self.double or self.disagree or slow)

    def line(self) -> dict[str, Any]:
        counted = {k: len(v) if isinstance(v, list) else v for k, v in asdict(self).items()}
        return {**counted, "verdict": "kept" if self.good else "BROKEN"}


def judge(
    journal: Journal,
    fault: str,
    *,
    recovery_s: float | None = None,
    refunds: bool = False,
    may_fail: Collection[str] = (),
) -> Verdict:
    """may_fail: ids that need not complete; they must end, though, like all others."""
    verdict = Verdict(fault=fault, runs=len(journal.promised), recovery_s=recovery_s)
    starts = journal.starts()
    fates = journal.fates()
    for fate in fates.values():
        if fate.state is None or (fate.id not in may_fail and not _kept(journal, fate)):
            verdict.lost.append(fate.id)
        if fate.state != "done":
            verdict.stuck.append(fate.id)
        twice = journal.started_twice(fate, starts.get(fate.id, []), refunds=refunds)
        if twice or fate.ends > 1 or fate.row_ends > 1:
            verdict.double.append(fate.id)
        if not _rows_agree(fate):
            verdict.disagree.append(fate.id)
    verdict.disagree += [
        answer["execution_id"]
        for answer in journal.answers
        if not fates[answer["execution_id"]].agrees_with(answer)
    ]
    return verdict


def _kept(journal: Journal, fate: Fate) -> bool:
    """Stuck runs are counted as such, not as lost."""
    if fate.state != "done":
        return True
    return fate.outcome == "completed" and fate.output == {"n": journal.promised[fate.id]}


def _rows_agree(fate: Fate) -> bool:
    """A shared row that is gone (its organization or module was deleted) disagrees with nothing."""
    if fate.state != "done" or fate.status is None:
        return True
    return fate.status == ("completed" if fate.outcome == "completed" else "failed")
