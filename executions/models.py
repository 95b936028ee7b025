"""Executions: the gateway's two tables, and our own run, event and worker tables.

`Run` is the queue, the ledger and the audit copy in one: one row per execution that we run, with
the same id as the gateway's row and no database foreign key to it. State changes go through
`claims` and `dispatch` only; nothing else updates a run.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.db.models.lookups import GreaterThanOrEqual

from executions import lanes
from executions.figure_models import FiguresUntil, Hour
from executions.step_models import Approval, Step
from executions.took import took_step
from executions.webhook_models import Delivery, SigningSecret
from modules.models import Module
from platform_agents.shared_schema.fields import (
    EnumField,
    GenRandomUuid,
    JsonTextField,
    NowUtc,
    UtcTimestampField,
)
from platform_agents.tenancy.models import Organization, PlatformUser
from platform_agents.tenancy.scoping import OrgManager

__all__ = [
    "Approval", "Delivery", "Event", "FiguresUntil", "Hour", "KillSwitch", "ModuleExecution",
    "Run", "SigningSecret", "Step", "Task", "Worker",
]  # fmt: skip

_UNSUCCESSFUL = ("failed", "timed_out", "cancelled", "lost")
_NOT_API = ("admin", "schedule", "workflow", "retry")
_NEWEST_OF_ALL = (
    F("queued_at").desc(nulls_last=True), F("execution_id").desc(nulls_last=True),
)  # fmt: skip
_SLOW = Q(GreaterThanOrEqual(took_step(), 1))
TASK_STATUS = ("pending", "running", "completed", "failed")


class Task(models.Model):
    """A task of the gateway; an execution may belong to one."""

    id = models.CharField(primary_key=True, db_default=GenRandomUuid())
    subscription_id = models.CharField(null=True, blank=True)
    description = models.TextField()
    status = EnumField("task_status", labels=TASK_STATUS, db_default="pending")
    result = models.TextField(null=True, blank=True)
    user = models.ForeignKey(PlatformUser, models.DO_NOTHING, related_name="+")
    org = models.ForeignKey(
        Organization, models.DO_NOTHING, related_name="+", verbose_name="organization"
    )
    created_at = UtcTimestampField(db_default=NowUtc())
    completed_at = UtcTimestampField(null=True, blank=True)

    objects = OrgManager["Task"]()

    class Meta:
        managed = False
        db_table = "tasks"

    def __str__(self) -> str:
        return self.description[:80]


class ModuleExecution(models.Model):
    """What the gateway sees of an execution. `Run` knows the rest."""

    id = models.CharField(primary_key=True, db_default=GenRandomUuid())
    module = models.ForeignKey(Module, models.DO_NOTHING, related_name="+")
    task = models.ForeignKey(Task, models.DO_NOTHING, null=True, blank=True, related_name="+")
    input = JsonTextField(null=True, blank=True)
    output = JsonTextField(null=True, blank=True)
    status = EnumField("task_status", labels=TASK_STATUS, db_default="pending")
    error = models.TextField(null=True, blank=True)
    started_at = UtcTimestampField(db_default=NowUtc())
    completed_at = UtcTimestampField(null=True, blank=True)
    org = models.ForeignKey(
        Organization, models.DO_NOTHING, related_name="+", verbose_name="organization"
    )

    objects = OrgManager["ModuleExecution"]()

    class Meta:
        managed = False
        db_table = "module_executions"
        verbose_name, verbose_name_plural = "execution", "executions"

    def __str__(self) -> str:
        return self.id


class Run(models.Model):
    """One execution in our queue. Times are the database's; priority: smaller runs sooner.

    start_by: not started by then, it ends as timed_out. deadline: the end of everything, attempts
    included. waiting: running, but only for its children. awaited: a call
    waits for it, so its end is announced. Children have lanes of their own
    (`executions.lanes`), so that parents which wait for them cannot take their place.

    suspended: queued because its agent makes a pause, as `approval:STEP` or `wait:STEP`; it goes on
    at available_at, or when an approval is decided. decisions counts those. checkpointed: it has
    steps or approvals, which the next attempt is given.

    webhook: its end is announced, to the module's webhooks of then and to webhook_url, which the
    call named, signed with the organization's secret webhook_secret.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"

    class Outcome(models.TextChoices):
        COMPLETED = "completed"
        FAILED = "failed"
        TIMED_OUT = "timed_out"
        CANCELLED = "cancelled"
        LOST = "lost"

    class Origin(models.TextChoices):
        API = "api"
        ADMIN = "admin"
        SCHEDULE = "schedule"
        WORKFLOW = "workflow"
        RETRY = "retry"

    execution_id = models.TextField("execution", primary_key=True)
    org_id = models.TextField("organization")
    module_id = models.TextField("module")
    agent = models.TextField()
    lane = models.TextField(choices=[(lane, lane) for lane in lanes.ALL])
    state = models.TextField(choices=State, default=State.QUEUED, db_default="queued")
    outcome = models.TextField(choices=Outcome, null=True)
    attempt = models.IntegerField(default=0, db_default=0)
    max_attempts = models.IntegerField(default=1, db_default=1)
    gate = models.TextField(default="", db_default="")
    priority = models.SmallIntegerField(default=0, db_default=0)
    at_most_once = models.BooleanField(default=False, db_default=False)
    suspect = models.BooleanField(default=False, db_default=False)
    timeout_s = models.FloatField(default=300, db_default=300)
    backoff_s = models.FloatField(default=1, db_default=1)
    circuit = models.BooleanField(default=False, db_default=False)
    queued_at = models.DateTimeField(db_default=Now())
    available_at = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    worker = models.TextField(null=True)
    start_by = models.DateTimeField(null=True)
    deadline = models.DateTimeField(null=True)
    waiting = models.BooleanField(default=False, db_default=False)
    cancel_requested_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    idempotency_key = models.TextField(null=True)
    request_hash = models.TextField(null=True)
    origin = models.TextField(choices=Origin, default=Origin.API, db_default="api")
    requested_by = models.TextField(default="", db_default="")
    parent = models.TextField(null=True)
    depth = models.SmallIntegerField(default=0, db_default=0)
    retry_of = models.TextField(null=True)
    awaited = models.BooleanField(default=False, db_default=False)
    config_version = models.IntegerField(null=True)
    usage = models.JSONField(null=True)
    checkpointed = models.BooleanField(default=False, db_default=False)
    suspended = models.TextField(default="", db_default="")
    decisions = models.IntegerField(default=0, db_default=0)
    webhook = models.BooleanField(default=False, db_default=False)
    webhook_url = models.TextField(null=True)
    webhook_secret = models.TextField(null=True)

    objects = OrgManager["Run"]()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="done", outcome__isnull=False)
                | (~Q(state="done") & Q(outcome__isnull=True)),
                name="run_done_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_until__isnull=True)),
                name="run_running_has_lease",
            ),
            models.UniqueConstraint(
                fields=["org_id", "idempotency_key"],
                name="run_idempotency_once",
                condition=Q(idempotency_key__isnull=False),
            ),
        ]
        indexes = [
            # The queue: one pile per (lane, organization, gate, priority), oldest first inside.
            models.Index(
                fields=["lane", "org_id", "gate", "priority", "available_at"],
                name="executions_run_queued", condition=Q(state="queued"),
            ),
            # What runs now, never more entries than worker slots: fairness, caps, reaper.
            models.Index(
                fields=["org_id", "module_id"],
                name="executions_run_running", condition=Q(state="running"),
            ),
            models.Index(fields=["org_id", "-queued_at"], name="executions_run_org_listing"),
            # Lists of what is rare: without these, a page reads all of the organization's runs.
            models.Index(
                fields=["org_id", "outcome", "-queued_at", "-execution_id"],
                name="executions_run_not_completed", condition=Q(outcome__in=_UNSUCCESSFUL),
            ),
            models.Index(
                fields=["org_id", "origin", "-queued_at", "-execution_id"],
                name="executions_run_not_api", condition=Q(origin__in=_NOT_API),
            ),
            # The same of all organizations, for superusers. Ordered in another way than the lists
            # of one organization, or the planner would take these for them, too, and read
            # everybody's runs to find a few that are old.
            models.Index(*_NEWEST_OF_ALL, name="executions_run_listing"),
            models.Index(
                F("outcome"), *_NEWEST_OF_ALL,
                name="run_any_not_completed", condition=Q(outcome__in=_UNSUCCESSFUL),
            ),
            models.Index(
                F("origin"), *_NEWEST_OF_ALL,
                name="run_any_not_api", condition=Q(origin__in=_NOT_API),
            ),
            # Runs of a second or more, by how long they took; quick ones cost nothing here.
            models.Index(
                F("org_id"), took_step(), F("queued_at").desc(), F("execution_id").desc(),
                name="executions_run_took", condition=_SLOW,
            ),
            models.Index(
                took_step(), *_NEWEST_OF_ALL, name="run_any_took", condition=_SLOW,
            ),
            # What an organization finished lately, for its feed.
            models.Index(
                fields=["org_id", "finished_at"],
                name="executions_run_finished", condition=Q(state="done"),
            ),
            models.Index(
                fields=["parent"],
                name="executions_run_children", condition=Q(parent__isnull=False),
            ),
            models.Index(
                fields=["start_by"],
                name="executions_run_start_by", condition=Q(state="queued", start_by__isnull=False),
            ),
            # What ended in a span of time, of all organizations. Runs stand in the table about in
            # the order in which they end, so block ranges find them, at next to no cost.
            BrinIndex(
                fields=["finished_at"], name="executions_run_ended",
                pages_per_range=16, autosummarize=True,
            ),
            # Has this schedule a run that is not over yet?
            models.Index(
                fields=["requested_by"],
                name="executions_run_scheduled",
                condition=Q(origin="schedule", state__in=["queued", "running"]),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.execution_id


class KillSwitch(models.Model):
    """Whether the whole platform is paused. One row at most; none means that it is not."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    paused = models.BooleanField(default=False, db_default=False)
    reason = models.TextField(blank=True, default="", db_default="")
    changed_by = models.TextField(default="", db_default="")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="killswitch_is_one")]
        verbose_name, verbose_name_plural = "kill switch", "kill switch"

    def __str__(self) -> str:
        return "paused" if self.paused else "running"


class Event(models.Model):
    """One line of an execution's log: what its agent and its attempts reported, in order."""

    seq = models.BigAutoField(primary_key=True)
    execution_id = models.TextField("execution")
    org_id = models.TextField("organization")
    attempt = models.IntegerField()
    kind = models.TextField()
    level = models.TextField(default="info", db_default="info")
    message = models.TextField(default="", db_default="")
    data = models.JSONField(null=True)
    at = models.DateTimeField(db_default=Now())

    objects = OrgManager["Event"]()

    class Meta:
        indexes = [models.Index(fields=["execution_id", "seq"], name="executions_event_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.message}"


class Callback(models.Model):
    """What a remote server answered later. Kept from its arrival until the run's end is recorded,
    so that an answer that was accepted outlives the worker that waited for it. One per execution:
    nothing is accepted twice."""

    execution_id = models.TextField("execution", primary_key=True)
    org_id = models.TextField("organization")
    attempt = models.IntegerField()
    body = models.TextField()
    received_at = models.DateTimeField(db_default=Now())

    objects = OrgManager["Callback"]()

    def __str__(self) -> str:
        return self.execution_id


class Worker(models.Model):
    """A worker process and when it was last alive. `id` is new at every process start."""

    id = models.TextField(primary_key=True)
    host = models.TextField()
    pid = models.IntegerField()
    version = models.TextField(default="", db_default="")
    lanes = models.JSONField(default=list)
    started_at = models.DateTimeField(db_default=Now())
    beat_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"
