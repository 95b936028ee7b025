"""What is saved or deleted on an admin page is in the audit. Base of all pages of ours.

A page whose saving goes through a service of its own, which records by itself, does not call
`super().save_model`.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest

from platform_agents.tenancy import audit

Values = dict[str, Any]


class AuditedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    audit_name: ClassVar[str] = ""
    """What the verbs begin with; the model's name when empty."""
    audit_saved: ClassVar[str] = "saved"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        with transaction.atomic():
            before = self.stored(request, obj) if change else None
            super().save_model(request, obj, form, change)
            self.record_save(request, obj, before=before, reason=self.reason(form))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            self._record(request, "deleted", obj, before=self.stored(request, obj), after=None)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        with transaction.atomic():
            for obj in queryset:
                self._record(request, "deleted", obj, before=self.stored(request, obj), after=None)
            super().delete_queryset(request, queryset)

    def record_save(
        self, request: HttpRequest, obj: Any, *, before: Values | None, reason: str = ""
    ) -> None:
        """before: what `stored` said, None for a new row. Only what differs is kept."""
        after = self.stored(request, obj)
        if before is not None:
            names = [name for name in after if after[name] != before.get(name)]
            before, after = _only(names, before), _only(names, after)
        if reason:
            after["reason"] = reason
        self._record(request, self.audit_saved, obj, before=before, after=after)

    def stored(self, request: HttpRequest, obj: Any) -> Values:
        """The row as the database has it, without what is encrypted."""
        names = [
            field.attname for field in self.opts.concrete_fields
            if not isinstance(field, models.BinaryField)
        ]  # fmt: skip
        found = self.get_queryset(request).filter(pk=obj.pk).values(*names).first()
        return dict(found or {})

    def reason(self, form: Any) -> str:
        """Why it was changed, where the form asks."""
        return str(form.cleaned_data.get("reason", ""))

    def _record(
        self, request: HttpRequest, done: str, obj: Any, *, before: Values | None,
        after: Values | None,
    ) -> None:  # fmt: skip
        org_field = getattr(self, "org_field", None)
        audit.record(
            f"{self.audit_name or self.opts.model_name}.{done}",
            by=request.user.get_username(),
            model=self.opts.label_lower,
            object_id=str(obj.pk),
            org_id=getattr(obj, org_field) if org_field else None,
            label=str(obj),
            before=before,
            after=after,
            address=audit.address_of(request),
        )


def _only(names: list[str], values: Values) -> Values:
    return {name: values.get(name) for name in names}
