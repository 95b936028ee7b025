"""`OrgScopedAdmin`: what an operator sees and may pick is limited to their organizations.

Base class of every ModelAdmin over tenant rows, in this app and the ones above. Fail-closed: staff
without a membership see nothing; superusers see everything.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import models
from django.db.models.functions import Now
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from platform_agents.tenancy import json_display
from platform_agents.tenancy.access import access
from platform_agents.tenancy.audited_admin import AuditedAdmin
from platform_agents.tenancy.form_dress import dress
from platform_agents.tenancy.models import Organization

_MOST_CHOICES = 30


def visible_org_ids(request: HttpRequest) -> list[str] | None:
    """Organizations the signed-in user may see; None means all of them (superuser)."""
    return access(request).visible()


def writable_org_ids(request: HttpRequest) -> list[str] | None:
    """Organizations the signed-in user may change something in; None means all (superuser)."""
    return access(request).writable()


def administered_org_ids(request: HttpRequest) -> list[str] | None:
    """Organizations the signed-in user is an admin of; None means all of them (superuser)."""
    return access(request).administered()


def _organizations(org_ids: list[str] | None) -> models.QuerySet[Organization]:
    if org_ids is None:
        return Organization.objects.unscoped("a superuser sees all organizations")
    return Organization.objects.for_orgs(org_ids)


class _Page(AuditedAdmin, ModelAdmin):  # type: ignore[misc]
    """What both kinds of pages share."""

    show_full_result_count = False

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        return dress(super().get_form(request, obj, change=change, **kwargs))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Actions look rows up by ids that a form sends; PostgreSQL knows no NUL."""
        if any("\x00" in row for row in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise SuspiciousOperation("An id holds a NUL character.")
        return super().changelist_view(request, extra_context)


class OrgScopedAdmin(_Page):
    org_field: ClassVar[str] = "org_id"
    lookups_allowed: ClassVar[frozenset[str]] = frozenset()
    """Query-string lookups allowed beside list_filter: any other could read hidden columns."""
    one_line: ClassVar[frozenset[str]] = frozenset(
        {"name", "category", "python_module", "endpoint"}
    )
    """Text columns whose texts are short: a line to type into instead of an area."""
    when_empty: ClassVar[str] = ""
    """What to do when the list has no rows at all, for those who look at it."""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        org_ids = visible_org_ids(request)
        manager = self.model.objects
        if org_ids is None:
            rows: models.QuerySet[Any] = manager.unscoped("a superuser sees all organizations")
        else:
            rows = manager.for_orgs(org_ids)
        return rows.order_by(*(self.get_ordering(request) or ("pk",)))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        related = self.admin_site._registry.get(db_field.remote_field.model)
        if related is not None:
            kwargs["queryset"] = related.get_queryset(request)
        if db_field.remote_field.model is Organization:
            kwargs["queryset"] = _organizations(writable_org_ids(request))  # to see is not to write
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.one_line and isinstance(db_field, models.TextField):
            kwargs["widget"] = UnfoldAdminTextInputWidget
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """On a page that is only read, JSON is shown as JSON."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(title, {**options, "fields": [self._to_read(name) for name in options["fields"]]})
                for title, options in fieldsets]  # fmt: skip

    def _to_read(self, name: Any) -> Any:
        """Several on one line stay as they are, and so do columns of the page's own."""
        named = (field for field in self.opts.concrete_fields if field.name == name)
        field = next(named, None)
        return json_display.shown(field) if json_display.is_json(field) else name

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        if lookup in self.lookups_allowed:
            return True
        filters = {getattr(f, "parameter_name", f) for f in self.list_filter}
        return lookup.removesuffix("__exact").removesuffix("__isnull") in filters

    # Memberships decide, not Django's permission tables: an operator needs no group to work.
    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request) and self._visible(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # shared rows cascade in the database, further than Django could show

    def _visible(self, request: HttpRequest, obj: Any) -> bool:
        org_ids = visible_org_ids(request)
        return obj is None or org_ids is None or getattr(obj, self.org_field) in org_ids

    def may_write(self, request: HttpRequest, obj: Any = None) -> bool:
        """For subclasses that allow changes: superusers, and operators of the row's own
        organization."""
        if not self.has_module_permission(request):
            return False
        writable = writable_org_ids(request)
        if writable is None:
            return True
        return bool(writable) if obj is None else getattr(obj, self.org_field) in writable

    def writable_org_ids(self, request: HttpRequest) -> list[str] | None:
        """For choices: organizations that the user may write into; None means all of them."""
        return writable_org_ids(request)


class OperatorAdmin(OrgScopedAdmin):
    """Rows that operators add, change and delete, each in their own organizations; viewers read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_write(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request, obj)

    def check_may_write(self, request: HttpRequest, obj: Any) -> None:
        """For `save_model`: the row's organization may come from a form. Raises ValidationError."""
        if not self.may_write(request, obj):
            raise ValidationError("You may not change anything of that organization.")


class SuperuserAdmin(_Page):
    """A page over what concerns all organizations: nobody else may even know that it is there."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)


class PauseStamp(OrgScopedAdmin):
    """For pages over policies: a pause that is set here says who set it, and when."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if "paused" in form.changed_data:
            obj.paused_by = request.user.get_username() if obj.paused else ""
            obj.paused_at = Now() if obj.paused else None
        super().save_model(request, obj, form, change)


class OwnOrganizationFilter(admin.SimpleListFilter):
    """Filter by organization, offering only those that the user may see. Whoever sees many chooses
    one in the sidebar instead; a link that names one works nevertheless."""

    title = "organization"
    parameter_name = "org"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = _organizations(visible_org_ids(request)).order_by("name", "id")
        offered = list(rows[: _MOST_CHOICES + 1])
        if len(offered) > _MOST_CHOICES:
            offered = list(rows.filter(pk=self.value() or ""))
        return [(o.id, o.name) for o in offered]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.value():
            return queryset
        return queryset.filter(**{self.parameter_model_field(queryset): self.value()})

    @staticmethod
    def parameter_model_field(queryset: Any) -> str:
        return "pk" if queryset.model is Organization else "org_id"
