"""`decide`: an operator's answer to an execution that waits for one. Called by the API and the
admin, which both know for which organization they ask.

The answer is written once, and the run is due at once, in the same statement; workers are told
afterwards. What a worker then makes of it is the agent's.
"""

import logging
from functools import partial

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from executions import sql, transports, wakeups
from executions.errors import AlreadyFinished, ApprovalDecided, ApprovalExpired, ApprovalNotFound
from executions.models import Approval, Run
from platform_agents.tenancy import audit

logger = logging.getLogger(__name__)

_DECIDE = sql.read("decide.sql")
LONGEST_COMMENT = 2_000


def decide(
    org_id: str, execution_id: str, step: str, *, approve: bool, by: str, comment: str = "",
    address: str = "",
) -> Approval:  # fmt: skip
    """The approval as it stands now. Raises ApprovalNotFound, ApprovalDecided, ApprovalExpired, or
    AlreadyFinished when the execution has ended."""
    state = Approval.State.APPROVED if approve else Approval.State.REJECTED
    given = {
        "id": execution_id, "org_id": org_id, "step": step, "state": state, "by": by,
        "comment": comment,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_DECIDE, given)
        rows = cursor.fetchall()
        if not rows:
            raise _refusal(org_id, execution_id, step)
        audit.record(
            "approval.decided", by=by, model="executions.run", object_id=execution_id,
            org_id=org_id, label=step, after={"state": state, "comment": comment},
            address=address,
        )  # fmt: skip
    for lane, queued in rows:
        if queued:
            transaction.on_commit(partial(_announce, lane, execution_id))
    return _approvals(org_id, execution_id).get(step=step)


def shown_state(approval: Approval, *, ended: bool) -> str:
    """Its state for people: pending ones of executions that have ended are closed."""
    if approval.state != Approval.State.PENDING:
        return approval.state
    if ended:
        return "closed"
    over = approval.expires_at <= timezone.now()
    return Approval.State.EXPIRED if over else Approval.State.PENDING


def open_ones(rows: QuerySet[Approval]) -> QuerySet[Approval]:
    """Those that somebody can decide: pending, in time, of an execution that goes on."""
    pending = rows.filter(state=Approval.State.PENDING, expires_at__gt=Now())
    return pending.filter(Exists(unended_runs()))


def unended_runs() -> QuerySet[Run]:
    """Of approvals, as a subquery: the run that it belongs to, while that is not over."""
    runs = Run.objects.unscoped("the organization is compared, row by row")
    same = runs.filter(execution_id=OuterRef("execution_id"), org_id=OuterRef("org_id"))
    return same.filter(outcome__isnull=True)


def _approvals(org_id: str, execution_id: str) -> QuerySet[Approval]:
    return Approval.objects.for_org(org_id).filter(execution_id=execution_id)


def _refusal(org_id: str, execution_id: str, step: str) -> Exception:
    approval = _approvals(org_id, execution_id).filter(step=step).first()
    if approval is None:
        return ApprovalNotFound("No such approval in this organization.")
    runs = Run.objects.for_org(org_id).filter(execution_id=execution_id)
    ended = not runs.filter(outcome__isnull=True).exists()
    state = shown_state(approval, ended=ended)
    if state == "closed":
        return AlreadyFinished("The execution has ended; it waits for no approval any more.")
    if state == Approval.State.EXPIRED:
        return ApprovalExpired("The approval has expired; nobody decided in time.")
    return ApprovalDecided(f"It was {approval.state} already, by {approval.decided_by}.")


def _announce(lane: str, execution_id: str) -> None:
    """Best effort: workers find it by themselves within seconds."""
    try:
        with connection.cursor() as cursor:
            wakeups.announce(cursor, wakeups.RUN_QUEUED, [lane])
    except (OperationalError, InterfaceError) as error:
        logger.warning("a decision was not announced: %s", str(error).partition("\n")[0])
    transports.send(lane, [execution_id])
