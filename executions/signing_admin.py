"""The organizations' signing secrets in the admin: for their administrators, who give them to the
receivers of webhooks that calls name. Registered by `executions.admin`."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from executions.models import SigningSecret
from modules.webhook_signing import new_secret
from platform_agents.tenancy.admin_scope import (
    OwnOrganizationFilter,
    administered_org_ids,
)
from platform_agents.tenancy.models import Organization
from platform_agents.tenancy.named_organization import NamesOrganization
from platform_agents.tenancy.secrets_sealing import CannotUnseal, current_key_id


class SigningSecretForm(forms.ModelForm):  # type: ignore[type-arg]
    """`organizations` is what may be chosen: set on a subclass per request, never on this class."""

    organizations: ClassVar[QuerySet[Organization]] = Organization.objects.for_orgs([])
    organization: Any = forms.ModelChoiceField(queryset=Organization.objects.for_orgs([]))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = self.organizations  # type: ignore[attr-defined]

    def clean_organization(self) -> Organization:
        chosen: Organization = self.cleaned_data["organization"]
        if SigningSecret.objects.for_org(chosen.pk).exists():
            raise ValidationError("It has a signing secret already.")
        try:
            current_key_id()
        except ImproperlyConfigured as error:
            raise ValidationError(str(error)) from error
        return chosen


@admin.register(SigningSecret)
class SigningSecretAdmin(NamesOrganization):
    form = SigningSecretForm
    when_empty = "Add one for an organization whose calls name the addresses of webhooks."
    list_display = ("organization_name", "created_at")
    list_filter = (OwnOrganizationFilter,)
    ordering = ("org_id",)
    actions = ("renew",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("organization",) if obj is None else ("organization_name", "secret", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("organization_name", "secret", "created_at")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kw: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kw)
        return type("OwnSecretForm", (form,), {"organizations": _administered(request)})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        org_ids = administered_org_ids(request)
        return rows if org_ids is None else rows.filter(org_id__in=org_ids)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        org_ids = administered_org_ids(request)
        whose = org_ids is None or bool(org_ids if obj is None else obj.org_id in org_ids)
        return self.has_module_permission(request) and whose

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description="signing secret")
    def secret(self, row: SigningSecret) -> str:
        try:
            return row.value()
        except (CannotUnseal, ImproperlyConfigured) as error:
            return f"It cannot be decrypted. {error}"

    @admin.action(description="Make a new secret", permissions=["view"])
    def renew(self, request: HttpRequest, chosen: QuerySet[SigningSecret]) -> None:
        """The old one is worthless at once: deliveries on their way are signed with the new one."""
        with transaction.atomic():
            for row in chosen:
                row.seal(new_secret())
                row.save(update_fields=["key_id", "box"])
                self._record(request, "renewed", row, before=None, after=None)
        self.message_user(request, "Give the new secret to every receiver.")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.org_id = form.cleaned_data["organization"].pk
        obj.seal(new_secret())
        super().save_model(request, obj, form, change)


def _administered(request: HttpRequest) -> QuerySet[Organization]:
    org_ids = administered_org_ids(request)
    if org_ids is None:
        return Organization.objects.unscoped("a superuser administers every organization")
    return Organization.objects.for_orgs(org_ids)
