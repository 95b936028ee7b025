"""All that the page of an execution shows, read once. Called by `page`.

The execution was found by the page among what its reader may see; everything else is read by its
organization. The queries are as many for a thousand events, steps or children as for one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from executions.admin_page import family, log, timeline, usage, values, words
from executions.admin_page.askers import asked_by
from executions.approvals import shown_state
from executions.attempts import Attempt, attempts_of, total_s
from executions.models import Approval, Event, ModuleExecution, Run, Step
from executions.times import seconds_between
from executions.waiting import Waiting, waiting_because

_MOST_STEPS = 100
_MOST_APPROVALS = 50
_LONGEST_ERROR = 10_000


@dataclass(frozen=True, kw_only=True)
class Question:
    approval: Approval
    status: words.Status
    open: bool

    @property
    def decided_by(self) -> str:
        return self.approval.decided_by.removeprefix("user:")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """run is None for a row of the gateway that was never submitted. tracebacks: empty for those
    who may not see them."""

    execution: ModuleExecution
    run: Run | None
    status: words.Status
    module_name: str | None
    input: values.Value
    output: values.Value
    log: log.Log
    error: str = ""
    tracebacks: Sequence[Event] = ()
    attempts: Sequence[Attempt] = ()
    bars: Sequence[timeline.Bar] = ()
    steps: Sequence[Step] = ()
    questions: Sequence[Question] = ()
    children: Sequence[family.Member] = ()
    waiting: Waiting | None = None
    asked_by: str = ""
    used: list[usage.Used] = field(default_factory=list)

    @property
    def live(self) -> bool:
        """Whether something may still happen."""
        if self.run is None:
            return self.execution.status in {"pending", "running"}
        return self.run.state != Run.State.DONE

    @property
    def waited(self) -> str:
        first = next((one.started_at for one in self.attempts), None)
        return words.duration(seconds_between(self.run.queued_at, first) if self.run else None)

    @property
    def took(self) -> str:
        return words.duration(total_s(self.attempts))

    @property
    def failed_attempts(self) -> list[Attempt]:
        """Those before the last one, whose error is the execution's."""
        return [one for one in self.attempts[:-1] if one.error]

    @property
    def failed_steps(self) -> list[Step]:
        return [step for step in self.steps if step.error]

    @property
    def no_output(self) -> str:
        return "There is none yet." if self.live else "There is none."

    @property
    def used_together(self) -> usage.Used | None:
        return usage.total(self.used) if self.used else None


def shown(execution: ModuleExecution, *, tracebacks: bool, before: int | None = None) -> Shown:
    """before: a page of earlier lines of the log."""
    org_id, id_ = execution.org_id, execution.pk
    run = Run.objects.for_org(org_id).filter(execution_id=id_).first()
    given, came = values.read(org_id, id_, *values.NAMES)
    known = Shown(
        execution=execution,
        run=run,
        status=words.status_of(execution, run),
        module_name=module_name(execution),
        input=given,
        output=came,
        error=(execution.error or "")[:_LONGEST_ERROR],
        log=log.read(org_id, id_, attempt=run.attempt if run else 1, before=before),
        tracebacks=log.tracebacks(org_id, id_) if tracebacks and execution.error else (),
    )
    return known if run is None else _with_run(known, run)


def module_name(execution: ModuleExecution) -> str | None:
    """None when the gateway let the row name another organization's module."""
    ours = execution.module.org_id == execution.org_id
    return execution.module.name if ours else None


def _with_run(known: Shown, run: Run) -> Shown:
    org_id, id_ = run.org_id, run.execution_id
    tried = Event.objects.for_org(org_id).filter(execution_id=id_, kind="attempt").order_by("seq")
    attempts = attempts_of(run, known.execution, list(tried))
    steps = Step.objects.for_org(org_id).filter(execution_id=id_).order_by("started_at", "id")
    found = list(steps.defer("output")[:_MOST_STEPS])
    asked = Approval.objects.for_org(org_id).filter(execution_id=id_).order_by("id")
    approvals = list(asked[:_MOST_APPROVALS])
    spans = list(timeline.spans(run, attempts, found, approvals))
    queued = run.state == Run.State.QUEUED
    return Shown(
        **{
            **vars(known),
            "attempts": attempts,
            "steps": found,
            "questions": [_question(one, run) for one in approvals],
            "bars": timeline.bars(spans, now=run.finished_at or timezone.now()),
            "children": family.called_by(run),
            "waiting": waiting_because(org_id, execution_ids=[id_]).get(id_) if queued else None,
            "asked_by": asked_by(run),
            "used": usage.used(run.usage) if run.usage else [],
        }
    )


def _question(approval: Approval, run: Run) -> Question:
    state = shown_state(approval, ended=run.outcome is not None)
    pending = state == Approval.State.PENDING
    return Question(approval=approval, status=words.APPROVALS[state], open=pending)
