"""`OrgScopedAdmin`: what an operator sees and may pick is limited to their organizations.

Base class of every ModelAdmin over tenant rows, in this app and the ones above. Fail-closed: staff
without a membership see nothing; superusers see everything.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.http import HttpRequest

from platform_agents.tenancy.models import Membership, Organization

_WRITERS = (Membership.Role.OPERATOR, Membership.Role.ADMIN)


def visible_org_ids(request: HttpRequest) -> list[str] | None:
    """Organizations the signed-in user may see; None means all of them (superuser)."""
    if request.user.is_superuser:
        return None
    return _memberships(request, Membership.Role.values)


def writable_org_ids(request: HttpRequest) -> list[str] | None:
    """Organizations the signed-in user may change something in; None means all (superuser)."""
    return None if request.user.is_superuser else _memberships(request, _WRITERS)


def administered_org_ids(request: HttpRequest) -> list[str] | None:
    """Organizations whose administrator the signed-in user is; None means all (superuser)."""
    return None if request.user.is_superuser else _memberships(request, (Membership.Role.ADMIN,))


def _memberships(request: HttpRequest, roles: Any) -> list[str]:
    rows = Membership.objects.unscoped("the user's own memberships say which organizations")
    return list(
        rows.filter(user_id=request.user.pk or 0, role__in=roles).values_list("org_id", flat=True)
    )


class OrgScopedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    org_field: ClassVar[str] = "org_id"
    lookups_allowed: ClassVar[frozenset[str]] = frozenset()
    """Query-string lookups allowed beside list_filter: any other could read hidden columns."""
    show_full_result_count = False

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
        if db_field.remote_field.model is Organization and not request.user.is_superuser:
            writable = _memberships(request, _WRITERS)  # to see one is not to write into it
            kwargs["queryset"] = Organization.objects.for_orgs(writable)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

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
        return None if request.user.is_superuser else _memberships(request, _WRITERS)


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


class SuperuserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A page over what concerns all organizations: nobody else may even know that it is there."""

    show_full_result_count = False

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


class PauseStamp(admin.ModelAdmin):  # type: ignore[type-arg]
    """For pages over policies: a pause that is set here says who set it, and when."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if "paused" in form.changed_data:
            obj.paused_by = request.user.get_username() if obj.paused else ""
            obj.paused_at = Now() if obj.paused else None
        super().save_model(request, obj, form, change)


class OwnOrganizationFilter(admin.SimpleListFilter):
    """Filter by organization, offering only those that the user may see."""

    title = "organization"
    parameter_name = "org"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        org_ids = visible_org_ids(request)
        if org_ids is None:
            rows = Organization.objects.unscoped("a superuser sees all organizations")
        else:
            rows = Organization.objects.for_orgs(org_ids)
        return [(o.id, o.name) for o in rows.order_by("name", "id")[:200]]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.value():
            return queryset
        return queryset.filter(**{self.parameter_model_field(queryset): self.value()})

    @staticmethod
    def parameter_model_field(queryset: Any) -> str:
        return "pk" if queryset.model is Organization else "org_id"
