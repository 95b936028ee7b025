"""Schedules: when a module runs by itself, and the slots that were decided.

`modules.models` imports both, so that Django knows them. What is valid stands in
`modules.schedule_rules`, when slots are in `modules.slots`; `executions.schedules` fires them.
"""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from modules.slots import Timing, slots_after
from platform_agents.tenancy.scoping import OrgManager


class ModuleSchedule(models.Model):
    """Runs a module with `input`, by a cron expression read in `zone` or every `interval_s`.

    next_at: the earliest slot that nobody has decided yet; empty only when disabled. last_at: the
    last slot that was decided, and last_result what became of it; last_execution_id: the last
    execution that was submitted.
    """

    class Overlap(models.TextChoices):
        SKIP = "skip", "Skip the slot"
        QUEUE = "queue", "Run it after the earlier one"
        ALLOW = "allow", "Run both at once"

    class CatchUp(models.TextChoices):
        NONE = "none", "Skip missed slots"
        LAST = "last", "Run the last missed slot"
        ALL = "all", "Run all of the last day, at most 100"

    org_id = models.TextField("organization")
    module_id = models.TextField("module")
    name = models.TextField()
    cron = models.TextField(null=True, blank=True)
    interval_s = models.PositiveIntegerField(null=True, blank=True)
    zone = models.TextField(default="UTC", db_default="UTC")
    input = models.JSONField(default=dict, blank=True)
    enabled = models.BooleanField(default=True, db_default=True)
    overlap = models.TextField(choices=Overlap, default=Overlap.SKIP, db_default="skip")
    catch_up = models.TextField(choices=CatchUp, default=CatchUp.NONE, db_default="none")
    next_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    last_execution_id = models.TextField(null=True)
    last_result = models.TextField(default="", db_default="")
    since = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    objects = OrgManager["ModuleSchedule"]()

    class Meta:
        db_table = "modules_schedule"
        verbose_name, verbose_name_plural = "schedule", "schedules"
        constraints = [
            models.CheckConstraint(
                condition=Q(cron__isnull=False, interval_s__isnull=True)
                | Q(cron__isnull=True, interval_s__isnull=False, interval_s__gte=10),
                name="schedule_cron_or_interval",
            ),
            models.CheckConstraint(
                condition=Q(enabled=False) | Q(next_at__isnull=False),
                name="schedule_enabled_has_next",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="schedule_due", condition=Q(enabled=True)),
            models.Index(fields=["org_id", "module_id"], name="schedule_of_module"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def timing(self) -> Timing:
        return Timing(
            since=self.since, cron=self.cron or "", interval_s=self.interval_s, zone=self.zone
        )

    @property
    def requested_by(self) -> str:
        """As `executions_run.requested_by` names this schedule."""
        return f"schedule:{self.pk}"

    def start_anew(self, now: datetime) -> None:
        """Slots count from now: what came before belonged to another time table."""
        self.since = now.replace(microsecond=0)
        self.next_at = next(slots_after(self.timing, now), None) if self.enabled else None


MISSED = "missed: nothing was there to start it"
"""Why a slot was skipped that nobody looked at in time."""


class ModuleScheduleSlot(models.Model):
    """A slot that was decided: one row, whatever the number of schedulers. Kept for two days, twice
    as long as a catch-up looks back; a waiting one until it had its turn."""

    class State(models.TextChoices):
        FIRED = "fired"
        WAITING = "waiting"
        SKIPPED = "skipped"
        REFUSED = "refused"

    schedule = models.ForeignKey(  # the unique constraint's index serves it
        ModuleSchedule, models.CASCADE, related_name="slots", db_index=False
    )
    slot = models.DateTimeField()
    org_id = models.TextField("organization")
    state = models.TextField(choices=State)
    execution_id = models.TextField(null=True)
    reason = models.TextField(default="", db_default="")

    objects = OrgManager["ModuleScheduleSlot"]()

    class Meta:
        db_table = "modules_schedule_slot"
        verbose_name, verbose_name_plural = "slot", "slots"
        constraints = [
            models.UniqueConstraint(fields=["schedule", "slot"], name="schedule_slot_once")
        ]
        indexes = [
            models.Index(
                fields=["schedule", "slot"],
                name="schedule_slot_waiting",
                condition=Q(state="waiting"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.slot:%Y-%m-%d %H:%M:%S} {self.state}"
