"""One slot's turn: fired, waiting, skipped or refused, and always on record. `executions.schedules`
calls it, inside its transaction and holding the schedule's row."""

import logging
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from agents.validation import readable
from executions import dispatch
from executions.errors import ExecutionError
from executions.models import Run
from executions.submission import Submission
from modules.errors import ModuleError, ModuleNotFound
from modules.models import ModuleSchedule, ModuleScheduleSlot
from modules.slots import MOST_SLOTS

logger = logging.getLogger(__name__)

FIRED, WAITING, SKIPPED, REFUSED = ModuleScheduleSlot.State
_UNFINISHED = (Run.State.QUEUED, Run.State.RUNNING)
_EARLIER = "because the execution of an earlier slot has not finished"


def take(schedule: ModuleSchedule, slot: datetime) -> None:
    """Decide one slot by the schedule's overlap policy. A slot that has a row was decided before
    (somebody set the schedule back): it is left alone."""
    row, new = slots_of(schedule).get_or_create(
        schedule=schedule, slot=slot, defaults={"org_id": schedule.org_id, "state": SKIPPED}
    )
    if not new:
        return
    waiting = slots_of(schedule).filter(state=WAITING).count()
    if schedule.overlap == ModuleSchedule.Overlap.ALLOW or not (waiting or _unfinished(schedule)):
        _fire(schedule, row)
    elif schedule.overlap == ModuleSchedule.Overlap.SKIP:
        _settle(schedule, row, SKIPPED, f"skipped {_EARLIER}")
    elif waiting >= MOST_SLOTS:
        _settle(schedule, row, SKIPPED, f"skipped because {MOST_SLOTS} slots wait already")
    else:
        _settle(schedule, row, WAITING, f"waiting {_EARLIER}")


def start_waiting(schedule: ModuleSchedule) -> None:
    """The oldest waiting slot has its turn; nothing of the schedule is queued or running."""
    row = slots_of(schedule).filter(state=WAITING).order_by("slot").first()
    if row is not None:
        _fire(schedule, row)


def disable(schedule: ModuleSchedule, why: str) -> None:
    schedule.enabled, schedule.next_at, schedule.last_result = False, None, why


def slots_of(schedule: ModuleSchedule) -> QuerySet[ModuleScheduleSlot]:
    return ModuleScheduleSlot.objects.for_org(schedule.org_id).filter(schedule=schedule)


def _unfinished(schedule: ModuleSchedule) -> bool:
    runs = Run.objects.for_org(schedule.org_id).filter(origin=Run.Origin.SCHEDULE)
    return runs.filter(requested_by=schedule.requested_by, state__in=_UNFINISHED).exists()


def _fire(schedule: ModuleSchedule, row: ModuleScheduleSlot) -> None:
    """Submit, whatever comes of it: a schedule that cannot run must not stop the others."""
    try:
        execution_id = _submit(schedule)
    except ModuleNotFound:
        _settle(schedule, row, REFUSED, "refused because its module was deleted")
        disable(schedule, row.reason)
    except (ModuleError, ExecutionError) as error:
        _settle(schedule, row, REFUSED, f"refused because: {_text(error)}")
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # a validator of the agent's Input is anybody's code
        logger.exception("a schedule could not be submitted")
        _settle(schedule, row, REFUSED, "refused because checking its input failed; see the log")
    else:
        row.execution_id = schedule.last_execution_id = execution_id
        _settle(schedule, row, FIRED, "fired")


def _submit(schedule: ModuleSchedule) -> str:
    submission = Submission(
        org_id=schedule.org_id,
        module=schedule.module_id,
        input_data=schedule.input,
        origin=Run.Origin.SCHEDULE,
        requested_by=schedule.requested_by,
    )
    execution_id = dispatch.new_execution_id()
    with transaction.atomic():  # a savepoint: what is refused leaves the decision intact
        dispatch.submit(submission, execution_id=execution_id)
    return execution_id


def _settle(schedule: ModuleSchedule, row: ModuleScheduleSlot, state: str, why: str) -> None:
    row.state, row.reason = state, why
    row.save(update_fields=["state", "execution_id", "reason"])
    schedule.last_at, schedule.last_result = row.slot, why
    logger.info(
        "schedule %s", state, extra={"fields": {"schedule": schedule.pk, "org_id": row.org_id}}
    )


def _text(error: Exception) -> str:
    errors = getattr(error, "errors", None)
    return f"{error} {readable(errors)}" if errors else str(error)
