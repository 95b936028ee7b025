"""What the API answers about executions, as types: `serializers` makes them, the API's description
(`platform_agents.openapi`) is made of them. Nothing is checked against them while a call runs."""

from typing import Annotated, Any

from pydantic import ConfigDict, WithJsonSchema, with_config
from typing_extensions import TypedDict  # pydantic reads these before Python 3.12

from executions.models import TASK_STATUS, Approval, Run
from executions.waiting import REASONS

_described = with_config(ConfigDict(use_attribute_docstrings=True, extra="forbid"))


def _one_of(*values: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(values)})


Status = Annotated[str, _one_of(*TASK_STATUS)]
State = Annotated[str, _one_of(*Run.State.values)]
Outcome = Annotated[str, _one_of(*Run.Outcome.values)]
Origin = Annotated[str, _one_of(*Run.Origin.values)]
ShownState = Annotated[str, _one_of(*Approval.State.values, "closed")]
Reason = Annotated[str, _one_of(*REASONS)]
Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]


@_described
class Answer(TypedDict):
    """What became of an execution. `status` is the truth; the gateway reads these four fields."""

    execution_id: str
    status: Status
    output: Any
    """What the agent returned; null until it has, and when it failed."""
    error: str | None
    """Why it failed, for people."""


@_described
class Room(TypedDict):
    running: int | None
    limit: int | None
    """null: no limit."""


@_described
class WaitingBecause(TypedDict):
    """Why a queued run does not run yet."""

    reason: Reason
    message: str
    step: str | None
    available_at: Time | None
    organization: Room
    module: Room
    ahead: int
    """Runs of the organization that go first, counted to 1,000."""


@_described
class AttemptDetail(TypedDict):
    attempt: int
    started_at: Time | None
    finished_at: Time | None
    duration_s: float | None
    outcome: Outcome | None
    code: str | None
    """The kind of a failure that was tried again."""
    error: str | None


@_described
class RunDetail(TypedDict):
    """The run behind an execution."""

    state: State
    outcome: Outcome | None
    agent: str
    attempt: int
    max_attempts: int
    attempts: list[AttemptDetail]
    queued_s: float | None
    """Until its first attempt began."""
    run_s: float | None
    """Of all attempts that ended, together."""
    queued_at: Time | None
    claimed_at: Time | None
    finished_at: Time | None
    origin: Origin
    retry_of: str | None
    config_version: int | None
    cancel_requested_at: Time | None
    next_attempt_at: Time | None
    parent: str | None
    """The execution that called this one."""
    depth: int
    usage: Any
    """What the agent reported to have used, such as tokens and costs."""
    waiting_because: WaitingBecause | None


@_described
class Child(TypedDict):
    """An execution that this one called."""

    execution_id: str
    module_id: str
    agent: str
    state: State
    outcome: Outcome | None
    queued_at: Time | None
    finished_at: Time | None


@_described
class ApprovalState(TypedDict):
    """A question to an operator, and its answer."""

    step: str
    title: str
    message: str
    state: ShownState
    """pending, approved, rejected, expired, or closed: the execution ended before."""
    asked_at: Time | None
    expires_at: Time | None
    decided_by: str | None
    decided_at: Time | None
    comment: str


@_described
class Decided(ApprovalState):
    execution_id: str


@_described
class Detail(Answer):
    """An execution, the run behind it (null for a row that was never submitted), what it called and
    what it asked."""

    module_id: str
    task_id: str | None
    input: Any
    started_at: Time | None
    completed_at: Time | None
    run: RunDetail | None
    children: list[Child]
    approvals: list[ApprovalState]


@_described
class Entry(TypedDict):
    """An execution in a list, without its data. What belongs to a run is null for a row that was
    never submitted."""

    execution_id: str
    module_id: str
    module_name: str | None
    task_id: str | None
    status: Status
    error: str | None
    """Its first 300 characters."""
    agent: str | None
    outcome: Outcome | None
    state: State | None
    origin: Origin | None
    attempt: int | None
    queued_at: Time | None
    started_at: Time | None
    completed_at: Time | None
    duration_s: float | None


@_described
class Page(TypedDict):
    executions: list[Entry]
    next: str | None
    """The cursor of the next page; null on the last."""


@_described
class BatchAccepted(TypedDict):
    execution_ids: list[str]
    """In the order of the inputs."""
    count: int


@_described
class EventLine(TypedDict):
    """One line of an execution's log."""

    seq: int
    """Larger than those of all lines before."""
    attempt: int
    kind: str
    """log, progress, token, step, status, attempt"""
    level: str
    message: str
    data: Any
    at: Time


@_described
class EventsPage(TypedDict):
    events: list[EventLine]
    last_seq: int
    """The `after_seq` of the next page."""
    finished: bool
    """The execution has ended, and no line follows."""
