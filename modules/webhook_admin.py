"""Webhooks of modules in the operators' admin: those of their organizations. A signing secret is
shown once, when we made it, and never again. Registered by `modules.admin`."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from modules.models import Module, ModuleWebhook
from modules.module_choice import ModuleChoice, named, writable_modules
from modules.webhook import MOST_OF_A_MODULE, OUTCOMES
from modules.webhook_rules import check_url
from modules.webhook_signing import InvalidSigningSecret, key_of, new_secret
from platform_agents.tenancy.admin_scope import OperatorAdmin, OwnOrganizationFilter
from platform_agents.tenancy.secrets_sealing import current_key_id

_LONGEST_URL = 2000
_SEEN = ("disabled_because", "created_at", "changed_at", "changed_by")


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg]
    """`modules` is what may be chosen: set on a subclass per request, never on this class."""

    modules: ClassVar[QuerySet[Module]] = Module.objects.for_orgs([])
    module = ModuleChoice(queryset=Module.objects.for_orgs([]))
    url = forms.CharField(
        max_length=_LONGEST_URL,
        help_text="An https address, or a path of the platform's own API: /api/hooks/executions.",
    )
    outcomes = forms.MultipleChoiceField(
        choices=[(outcome, outcome) for outcome in OUTCOMES],
        widget=forms.CheckboxSelectMultiple, initial=OUTCOMES,
        help_text="Which ends are announced, of executions that are submitted from now on.",
    )  # fmt: skip
    secret = forms.CharField(
        label="Signing secret", required=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="whsec_… of your own. Empty: one is made and shown once, or the old one kept.",
    )  # fmt: skip
    new_secret = forms.BooleanField(
        label="Make a new signing secret", required=False,
        help_text="It is shown once; the receiver must know it before the next delivery.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.fields["module"].queryset = self.modules  # type: ignore[attr-defined]
            self.fields.pop("new_secret", None)
        else:
            self.fields.pop("module", None)

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            check_url(url)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        return url

    def clean_secret(self) -> str:
        secret: str = self.cleaned_data["secret"]
        try:
            if secret:
                key_of(secret)
            current_key_id()
        except (InvalidSigningSecret, ImproperlyConfigured) as error:
            raise ValidationError(str(error)) from error
        return secret

    def clean_module(self) -> Module:
        module: Module = self.cleaned_data["module"]
        siblings = ModuleWebhook.objects.for_org(module.org_id).filter(module_id=module.id)
        if siblings.count() >= MOST_OF_A_MODULE:
            raise ValidationError(f"A module has at most {MOST_OF_A_MODULE} webhooks.")
        self.instance.org_id, self.instance.module_id = module.org_id, module.id
        return module


class WebhookAdmin(OperatorAdmin):
    form = WebhookForm
    list_display = ("url", "module_name", "outcomes", "enabled", "disabled_because", "changed_at")
    list_filter = (OwnOrganizationFilter, "enabled")
    ordering = ("url", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return named(super().get_queryset(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("module", "url", "outcomes", "enabled", "secret")
        seen = ("module_name", "url", "outcomes", "enabled")
        secret = ("secret", "new_secret") if self.may_write(request, obj) else ()
        return (*seen, *secret, *_SEEN)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("module_name", *_SEEN)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kw: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kw)
        return type("OwnWebhookForm", (form,), {"modules": writable_modules(request)})

    @admin.display(description="module")
    def module_name(self, webhook: Any) -> str:
        return webhook.module_called or "(deleted)"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        self.check_may_write(request, obj)
        made = form.cleaned_data.get("new_secret") or not change
        if given := form.cleaned_data["secret"]:
            obj.seal(given)
        elif made:
            self._make_secret(request, obj)
        if obj.enabled:
            obj.disabled_because = ""
        obj.changed_at, obj.changed_by = Now(), request.user.get_username()
        super().save_model(request, obj, form, change)

    def _make_secret(self, request: HttpRequest, webhook: ModuleWebhook) -> None:
        secret = new_secret()
        webhook.seal(secret)
        said = f"The signing secret, shown this once: {secret}"
        self.message_user(request, said, level=messages.WARNING)
