"""Secrets in the operators' admin: their names to everybody of the organization, their values to
nobody. A value can be set, replaced and deleted, never read."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import RegexValidator
from django.http import HttpRequest

from agents.secrets import NAME
from platform_agents.tenancy.admin_scope import OperatorAdmin, OwnOrganizationFilter
from platform_agents.tenancy.secrets import Secret
from platform_agents.tenancy.secrets_sealing import current_key_id

_LONGEST = 20_000
_BAD_NAME = "Capital letters, digits and underscores, a letter first, at most 64: STRIPE_KEY."


class WriteOnly(forms.Textarea):
    """Never shows what it holds, not even what was typed into a form that has errors elsewhere."""

    def format_value(self, value: Any) -> str:
        return ""


class SecretForm(forms.ModelForm):  # type: ignore[type-arg]
    """SecretAdmin says which organizations may be chosen."""

    name = forms.CharField(
        validators=[RegexValidator(rf"^{NAME}\Z", _BAD_NAME)],
        help_text="A module's config refers to it as ${{ secrets.NAME }}.",
    )
    value = forms.CharField(
        max_length=_LONGEST,
        widget=WriteOnly(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text="Encrypted when saved, and never shown again. Space around it is dropped.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        org_id = cleaned["org"].pk if "org" in cleaned else self.instance.org_id
        name = cleaned.get("name", self.instance.name)
        others = Secret.objects.for_org(org_id).exclude(pk=self.instance.pk) if org_id else ()
        if others and others.filter(name=name).exists():
            raise ValidationError({"name": "There is a secret of this name; change that one."})
        try:
            current_key_id()
        except ImproperlyConfigured as error:
            raise ValidationError(str(error)) from error
        return cleaned


@admin.register(Secret)
class SecretAdmin(OperatorAdmin):
    audit_saved = "changed"
    form = SecretForm
    when_empty = "Add one, then write ${{ secrets.NAME }} where a config needs it."
    list_display = ("name", "org", "updated_at", "updated_by")
    list_filter = (OwnOrganizationFilter,)
    list_select_related = ("org",)
    search_fields = ("name",)
    ordering = ("org_id", "name")
    readonly_fields = ("created_at", "updated_at", "updated_by")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("org", "name", "value")
        seen = ("org", "name", *self.readonly_fields)
        return (*seen, "value") if self.may_write(request, obj) else seen

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The ciphertext is bound to both: a secret neither moves nor changes its name."""
        return self.readonly_fields if obj is None else ("org", "name", *self.readonly_fields)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        self.check_may_write(request, obj)
        obj.seal(form.cleaned_data["value"])
        obj.updated_by = request.user.get_username()
        super().save_model(request, obj, form, change)
