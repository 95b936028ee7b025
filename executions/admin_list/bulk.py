"""Cancel or run again many executions: first what would be hit, then each by itself.

Each one is its own transaction and its own line in the audit, and each is checked again when its
turn comes: between the preview and the click the world goes on.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from django.db import models
from django.http import HttpRequest

from executions.admin_list.entries import Entry
from executions.again import Config, run_again
from executions.cancelling import cancel
from executions.errors import ExecutionError
from executions.models import Run
from modules.errors import ModuleError
from platform_agents.tenancy.audit import address_of

MOST = 1_000


class Deed(models.TextChoices):
    CANCEL = "cancel"
    RETRY = "retry", "run again"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """hit, in the order of the list; left_out: why others are not, and how many."""

    deed: Deed
    hit: list[Entry]
    left_out: dict[str, int]

    @property
    def states(self) -> dict[str, int]:
        return dict(Counter(entry.status.word for entry in self.hit).most_common())


def plan(deed: Deed, found: Iterable[Entry], *, writable: list[str] | None) -> Plan:
    """writable: organizations that may be changed; None is all."""
    hit: list[Entry] = []
    left_out: Counter[str] = Counter()
    for entry in found:
        why = _why_not(deed, entry, writable)
        if why:
            left_out[why] += 1
        else:
            hit.append(entry)
    return Plan(deed=deed, hit=hit, left_out=dict(left_out.most_common()))


def _why_not(deed: Deed, entry: Entry, writable: list[str] | None) -> str:
    """Empty, when nothing speaks against it."""
    if writable is not None and entry.org_id not in writable:
        return "you may only look at that organization"
    ended = entry.run.state == Run.State.DONE if entry.run else None
    if deed == Deed.CANCEL:
        if ended is None:
            return "it was never sent to run here, so there is nothing to stop"
        return "it has ended already" if ended else ""
    if ended is None:
        ended = entry.execution.status in {"completed", "failed"}
    return "" if ended else "it has not ended yet"


@dataclass(frozen=True, kw_only=True)
class Done:
    """refused: why, and how often."""

    done: int
    refused: dict[str, int]


def carry_out(
    planned: Plan, request: HttpRequest, *, token: str, config: Literal["same", "current"]
) -> Done:
    """token: the same one twice does nothing twice."""
    do = _doing(planned.deed, request, token, config)
    done, refused = 0, Counter[str]()
    for entry in planned.hit:
        try:
            do(entry)
        except (ExecutionError, ModuleError) as error:
            refused[str(error)] += 1
        else:
            done += 1
    return Done(done=done, refused=dict(refused.most_common()))


def _doing(deed: Deed, request: HttpRequest, token: str, config: Config) -> Callable[[Entry], Any]:
    by, address = f"user:{request.user.get_username()}", address_of(request)

    def stop(entry: Entry) -> Any:
        return cancel(entry.org_id, entry.id, by=by, address=address)

    def again(entry: Entry) -> Any:
        key = f"bulk:{token}:{entry.id}"
        return run_again(
            entry.org_id, entry.id, requested_by=by, config=config, idempotency_key=key,
            address=address,
        )  # fmt: skip

    return stop if deed == Deed.CANCEL else again
