"""Schedules in the operators' admin: those of their organizations, for modules of theirs.

Registered by `modules.admin`. The organization is the module's; neither changes afterwards. What
the scheduler writes is shown, and never written from here: it may fire while somebody edits.
"""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from modules.models import Module, ModuleSchedule, ModuleScheduleSlot
from modules.module_choice import ModuleChoice, named, writable_modules
from modules.schedule_rules import InvalidSchedule, check_input, check_timing
from platform_agents.shared_schema.json_form import JsonTextFormField
from platform_agents.tenancy.admin_scope import (
    OperatorAdmin,
    OwnOrganizationFilter,
)

_TIMING = ("cron", "interval_s", "zone")
_EDITED = ("name", *_TIMING, "input", "overlap", "catch_up", "enabled")
_DECIDED = ("next_at", "last_at", "last_result", "last_execution_id", "created_at", "changed_at")


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg]
    """`modules` is what may be chosen: set on a subclass per request, never on this class."""

    modules: ClassVar[QuerySet[Module]] = Module.objects.for_orgs([])
    module = ModuleChoice(queryset=Module.objects.for_orgs([]))
    name = forms.CharField(max_length=200)
    cron = forms.CharField(
        max_length=200, required=False, empty_value=None,
        help_text="Minute, hour, day, month, weekday: 30 6 * * 1-5 is 6:30 from Monday to Friday.",
    )  # fmt: skip
    interval_s = forms.IntegerField(
        label="Or every … seconds", required=False, max_value=366 * 86_400
    )
    zone = forms.CharField(label="Time zone", max_length=100, initial="UTC")
    input = JsonTextFormField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields["module"].queryset = self.modules  # type: ignore[attr-defined]
        else:
            self.fields.pop("module", None)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        module = cleaned.get("module") or self._own_module()
        if module is None:
            raise ValidationError("The module was deleted; this schedule cannot run any more.")
        cleaned["input"] = {} if cleaned["input"] is None else cleaned["input"]
        try:
            check_timing(**{field: cleaned[field] for field in _TIMING})
            check_input(module, cleaned["input"])
        except InvalidSchedule as error:
            raise ValidationError(error.errors) from error
        self.instance.org_id, self.instance.module_id = module.org_id, module.id
        return cleaned

    def _own_module(self) -> Module | None:
        made_for = {"id": self.instance.module_id, "org_id": self.instance.org_id}
        return self.modules.filter(**made_for).first()


class ScheduleAdmin(OperatorAdmin):
    audit_name = "schedule"
    form = ScheduleForm
    when_empty = "Add one to run a module by itself, at times or at intervals."
    list_display = ("name", "module_name", "when", "enabled", "next_at", "last_at", "last_result")
    list_filter = (OwnOrganizationFilter, "enabled")
    ordering = ("name", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the module's name; a deleted or foreign one has none."""
        return named(super().get_queryset(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        module = ("module",) if obj is None else ("module_name",)
        return (*module, *_EDITED, *(_DECIDED if obj is not None else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("module_name", *_DECIDED)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kw: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kw)
        return type("OwnScheduleForm", (form,), {"modules": writable_modules(request)})

    @admin.display(description="module")
    def module_name(self, schedule: Any) -> str:
        return schedule.module_called or "(deleted)"

    @admin.display(description="when")
    def when(self, schedule: ModuleSchedule) -> str:
        if schedule.interval_s is not None:
            return f"every {schedule.interval_s} s"
        return f"{schedule.cron} ({schedule.zone})"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Writes what was changed, no more. A new time table counts from now, and what waited for
        its turn in the old one is dropped."""
        self.check_may_write(request, obj)
        changed = [field for field in form.changed_data if field in _EDITED]
        obj.changed_at = Now()
        if not change or {*_TIMING, "enabled"} & set(changed):
            obj.start_anew(_database_now())
            changed += ["since", "next_at"]
        before = self.stored(request, obj) if change else None
        obj.save(update_fields=[*changed, "changed_at"] if change else None)
        self.record_save(request, obj, before=before)
        if change and "next_at" in changed:
            slots = ModuleScheduleSlot.objects.for_org(obj.org_id).filter(schedule=obj)
            slots.filter(state=ModuleScheduleSlot.State.WAITING).delete()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Without the slots that go along: thousands of lines that nobody asked for."""
        refused = any(not self.has_delete_permission(request, obj) for obj in objs)
        counts = {str(self.opts.verbose_name_plural): len(objs)}
        return [str(obj) for obj in objs], counts, {"schedules"} if refused else set(), []


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
