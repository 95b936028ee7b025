"""Pausing, resuming and emptying the queue, for superusers: first a page that says what will be
hit, then the deed, once the target's name was typed.

The deeds are those of the commands: `switches` and `purge`, which also record them.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextInputWidget

from executions import purge as queue
from executions import switches
from executions.admin_overview import names, words
from executions.admin_overview.targets import Aim, aim
from platform_agents.tenancy.access import access
from platform_agents.tenancy.audit import address_of

_SALT = "executions.purge"
_MOST_PILES = 10


class ConfirmForm(forms.Form):
    """`name` is what has to be typed."""

    confirm = forms.CharField(
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        self.fields["confirm"].label = f"Type “{name}” to confirm"

    def clean_confirm(self) -> str:
        typed: str = self.cleaned_data["confirm"]
        if typed.strip() != self.name.strip():
            raise forms.ValidationError(f"That is not its name. Type exactly: {self.name}")
        return typed


class PauseForm(ConfirmForm):
    reason = forms.CharField(
        max_length=500, widget=UnfoldAdminTextInputWidget,
        help_text="Shown to those who ask why nothing runs.",
    )  # fmt: skip
    field_order = ("reason", "confirm")


def pause(request: HttpRequest) -> HttpResponse:
    what = _aim(request)
    form = PauseForm(request.POST or None, name=what.name)
    if request.method == "POST" and form.is_valid():
        by, address = _who(request)
        switches.pause(what.target, reason=form.cleaned_data["reason"], by=by, address=address)
        messages.success(request, f"Paused {what}. What runs goes on; nothing new starts.")
        return _back()
    context = {**_counted(queue.preview(what.target)), "form": form}
    return _page(request, "pause", f"Pause {what}?", context)


@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    what = _aim(request)
    by, address = _who(request)
    if switches.resume(what.target, by=by, address=address):
        messages.success(request, f"Resumed {what}.")
    else:
        messages.info(request, f"It was not paused: {what}.")
    return _back()


def purge(request: HttpRequest) -> HttpResponse:
    what = _aim(request)
    until = _signed_moment(request.POST.get("until", ""))
    form = ConfirmForm(request.POST or None, name=what.name)
    counted = queue.preview(what.target, until=until)
    if request.method == "POST" and until is not None and form.is_valid():
        by, address = _who(request)
        runs = words.several(queue.purge(counted, by=by, address=address), "run was", "runs were")
        messages.success(request, f"{runs} taken out of the queue of {what}.")
        return _back()
    shown_until = signing.dumps(counted.until.isoformat(), salt=_SALT)
    context = {**_counted(counted), "form": form, "until": shown_until}
    return _page(request, "purge", f"Empty the queue of {what}?", context)


def _aim(request: HttpRequest) -> Aim:
    if not request.user.is_superuser:
        raise PermissionDenied
    return aim(request.GET, access(request))


def _page(request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
    shown = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, f"admin/overview/{name}.html", shown)


def _who(request: HttpRequest) -> tuple[str, str]:
    return request.user.get_username(), address_of(request)


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:operations"))


def _signed_moment(text: str) -> datetime | None:
    """Up to when was counted, from the page that showed it."""
    try:
        return datetime.fromisoformat(signing.loads(text, salt=_SALT)) if text else None
    except signing.BadSignature:
        return None


def _counted(preview: queue.Preview) -> dict[str, Any]:
    """The largest piles, with names."""
    piles = preview.piles[:_MOST_PILES]
    orgs = names.organizations(None, [pile.org_id for pile in piles])
    modules = names.modules(None, [pile.module_id for pile in piles])
    named = [
        {
            "org": orgs.get(pile.org_id, names.GONE),
            "module": modules.get(pile.module_id, names.GONE),
            "query": urlencode({"module": pile.module_id}) if pile.module_id in modules else "",
            "runs": words.count(pile.runs),
        }
        for pile in piles
    ]
    return {
        "runs": preview.runs,
        "counted": words.count(preview.runs),
        "piles": named,
        "more": len(preview.piles) - len(piles),
    }
