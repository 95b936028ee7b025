"""Organizations, platform users, API keys and memberships in the operators' admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.http import HttpRequest

from platform_agents.tenancy import audit_admin, secrets_admin  # noqa: F401 (register their pages)
from platform_agents.tenancy.admin_scope import (
    OrgScopedAdmin,
    OwnOrganizationFilter,
    PauseStamp,
    SuperuserAdmin,
)
from platform_agents.tenancy.models import (
    ApiKey,
    Membership,
    Organization,
    OrgPolicy,
    PlanPolicy,
    PlatformUser,
)
from platform_agents.tenancy.named_organization import NamesOrganization


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
    when_empty = "The gateway makes keys; they are shown here by their last four characters."
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
    when_empty = "A superuser adds the people who operate an organization."
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


_LEAST = {"concurrency": 1, "weight": 0.001, "rate_per_s": 0.001, "rate_burst": 1}


class OrgPolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Only superusers get it, so that all organizations may be chosen."""

    org = forms.ModelChoiceField(queryset=Organization.objects.using(None))

    class Meta:
        model = OrgPolicy
        fields = ("concurrency", "paused", "pause_reason", "weight", "rate_per_s", "rate_burst")
        help_texts = {
            "concurrency": "Runs of the organization at once, on all workers. Empty: no limit.",
            "paused": "Queued runs wait; what runs goes on. Calls are still accepted.",
            "pause_reason": "Shown to those of the organization who ask why a run waits.",
            "weight": "Its share while others wait, too: 2 gets twice as much as 1. Empty: "
            "the weight of its plan.",
            "rate_per_s": "Runs that it may submit per second, more is refused with 429. Empty: "
            "RATE_LIMIT_ORG.",
            "rate_burst": "Runs that it may submit at once after a pause. Empty: RATE_LIMIT_ORG's, "
            "or else a second's worth.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            org: Any = self.fields["org"]
            org.queryset = Organization.objects.unscoped("only superusers add a policy")
        else:
            del self.fields["org"]
        for name, least in _LEAST.items():
            if name in self.fields:
                self.fields[name].validators.append(MinValueValidator(least))

    def clean_org(self) -> Organization:
        org: Organization = self.cleaned_data["org"]
        if OrgPolicy.objects.for_org(org.id).exists():
            raise ValidationError("This organization has a policy already; change that one.")
        self.instance.org_id = org.id
        return org


@admin.register(OrgPolicy)
class OrgPolicyAdmin(PauseStamp, NamesOrganization):
    """Operators see what limits them; superusers change it."""

    audit_name = "organization_policy"
    form = OrgPolicyForm
    when_empty = "Without limits an organization gets what its plan weighs."
    list_display = (
        "organization_name", "concurrency", "paused", "pause_reason", "weight", "rate_per_s",
    )  # fmt: skip
    list_filter = (OwnOrganizationFilter, "paused")
    ordering = ("org_id",)
    fields = (
        "concurrency", "paused", "pause_reason", "weight", "rate_per_s", "rate_burst",
        "paused_by", "paused_at",
    )  # fmt: skip
    readonly_fields = ("organization_name", "paused_by", "paused_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("org" if obj is None else "organization_name", *self.fields)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)


@admin.register(PlanPolicy)
class PlanPolicyAdmin(SuperuserAdmin):
    audit_name = "plan"
    list_display = ("plan", "weight")
    ordering = ("plan",)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        plan = "As organizations name it. A plan without a row weighs 1."
        weight = "The share of its organizations: 2 gets twice as much as 1 while others wait, too."
        help_texts = {"plan": plan, "weight": weight}
        return super().get_form(request, obj, change, help_texts=help_texts, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("plan",)
