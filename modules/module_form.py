"""The form of a module: which agent runs it, and with which config.

Validated by the code that POST /execute uses, with each finding at its field. `module_admin` says
which fields a user gets.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from modules.agent_choice import AgentField
from modules.config_field import ConfigField, ConfigWidget, agent_or_none
from modules.models import Module
from modules.saving import findings
from platform_agents.tenancy.secrets import Secret


class ModuleForm(forms.ModelForm):  # type: ignore[type-arg]
    python_module = AgentField(
        label="Agent",
        help_text="The name is what the gateway calls the module by, beside its id.",
    )
    config = ConfigField(required=False)
    reason = forms.CharField(
        label="Why",
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="For those who read the history of its config. You need not say.",
    )

    class Meta:
        model = Module
        fields = ("endpoint",)  # ModuleAdmin says which
        help_texts = {
            "endpoint": "Only when it runs on a server of yours: its address, such as "
            "https://agents.example.com/run."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._preset_organization()
        if "python_module" in self.fields:
            self.fields["python_module"].offer(self.instance.python_module)  # type: ignore[attr-defined]
        if "config" in self.fields:
            self._prepare(self.config_widget)

    @property
    def config_widget(self) -> ConfigWidget:
        widget: Any = self.fields["config"].widget
        return widget  # type: ignore[no-any-return]

    def is_valid(self) -> bool:
        """Not when another agent's fields, or the JSON, were only asked to be shown."""
        valid = super().is_valid()
        if not self._only_shown():
            return valid
        self._errors = type(self.errors)()
        return False

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if {"python_module", "endpoint", "config"} <= cleaned.keys():
            for path, said in findings(
                python_module=cleaned["python_module"],
                endpoint=cleaned["endpoint"],
                config=cleaned["config"],
                org_id=self._org_id(),
            ).items():
                self._refuse(path, said)
        return cleaned

    def _refuse(self, path: str, said: list[str]) -> None:
        field = path.partition(".")[0]
        text = ", ".join(said)
        self.add_error(field, ValidationError(text if path == field else f"{path}: {text}"))
        if field == "config" and self.config_widget.editor is not None:
            self.config_widget.editor.wrong({path: said})

    def _prepare(self, widget: ConfigWidget) -> None:
        python_module = self._now("python_module") or ""
        widget.agent = agent_or_none(python_module, self._now("endpoint"))
        widget.earlier = self.instance.config
        if org_id := self._org_id():
            names = Secret.objects.for_org(org_id).order_by("name")
            widget.secrets = list(names.values_list("name", flat=True))

    def _now(self, name: str) -> Any:
        if self.is_bound:
            return self.data.get(self.add_prefix(name))
        return self.initial.get(name)

    def _only_shown(self) -> bool:
        if "config" not in self.fields or not self.is_bound:
            return False
        editor = self.config_widget.editor
        return editor is not None and editor.only_shown

    def _org_id(self) -> str | None:
        """None when none was chosen, or one that may not be chosen: an error of its own."""
        if self.instance.org_id or "org" not in self.fields:
            return self.instance.org_id or None
        offered: Any = self.fields["org"]
        chosen = self._now("org")
        return str(chosen) if chosen and offered.queryset.filter(pk=chosen).exists() else None

    def _preset_organization(self) -> None:
        """Whoever works for one organization need not choose it."""
        offered: Any = self.fields.get("org")
        if offered is None or self.is_bound:
            return
        own = list(offered.queryset.values_list("pk", flat=True)[:2])
        if len(own) == 1:
            self.initial.setdefault("org", own[0])
