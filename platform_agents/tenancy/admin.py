"""Organizations, platform users, API keys and memberships in the operators' admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from platform_agents.tenancy.admin_scope import OrgScopedAdmin, OwnOrganizationFilter
from platform_agents.tenancy.models import ApiKey, Membership, Organization, PlatformUser


@admin.register(Organization)
class OrganizationAdmin(OrgScopedAdmin):
    org_field = "id"
    list_display = ("name", "plan", "created_at")
    search_fields = ("name",)
    ordering = ("name", "id")
    fields = ("id", "name", "plan", "created_at")


@admin.register(PlatformUser)
class PlatformUserAdmin(OrgScopedAdmin):
    list_display = ("email", "name", "role", "org", "last_login")
    list_filter = (OwnOrganizationFilter, "role")
    list_select_related = ("org",)
    search_fields = ("email", "name")
    ordering = ("email",)
    fields = ("id", "name", "email", "role", "org", "last_login", "created_at")


@admin.register(ApiKey)
class ApiKeyAdmin(OrgScopedAdmin):
    list_display = ("name", "masked_key", "org", "created_at", "last_used")
    list_filter = (OwnOrganizationFilter,)
    list_select_related = ("org",)
    search_fields = ("name",)
    ordering = ("org_id", "name", "id")
    fields = ("id", "name", "masked_key", "org", "created_at", "last_used")

    @admin.display(description="key")
    def masked_key(self, key: ApiKey) -> str:
        return f"abw_…{key.key[-4:]}"


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    """Django's own check of the constraint asks the default manager, which answers with nothing."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "user" not in cleaned or "org" not in cleaned:
            return cleaned
        others = Membership.objects.for_org(cleaned["org"].pk).exclude(pk=self.instance.pk)
        if others.filter(user=cleaned["user"]).exists():
            raise ValidationError("This user is a member of that organization already.")
        return cleaned


@admin.register(Membership)
class MembershipAdmin(OrgScopedAdmin):
    form = MembershipForm
    list_display = ("user", "org", "role", "created_at")
    list_filter = (OwnOrganizationFilter, "role")
    list_select_related = ("user", "org")
    ordering = ("org_id", "user_id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)
