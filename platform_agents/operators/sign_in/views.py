"""The pages of signing in: password, second factor, and a person's own two-factor settings.

`OperatorSite` gives them their addresses. Everything that changes something is a POST.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from platform_agents.operators.sign_in import pending, throttle, two_factor

_WRONG = "This code is wrong or was used already. Wait for the next one, and try again."
_TOO_OFTEN = "Too many attempts. Wait a quarter of an hour, then sign in anew."


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=20,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )


class SignInView(LoginView):
    """Signs in whoever has no second factor; else the session only remembers who it is."""

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        if not (two_factor.enabled(user) or two_factor.required(user)):
            return super().form_valid(form)
        pending.begin(self.request, user, then=self.get_success_url())
        return HttpResponseRedirect(reverse("admin:second_factor"))


def second_factor(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """After the password. Whoever must have a second factor and has none sets it up here."""
    user = pending.who(request)
    if user is None:
        pending.forget(request)
        return redirect("admin:login")
    if not two_factor.enabled(user):
        return _enrol(request, user, context)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = f"second factor of {user.pk}"
        if not throttle.admit(account, request.META.get("REMOTE_ADDR", "")):
            pending.forget(request)
            messages.error(request, _TOO_OFTEN)
            return redirect("admin:login")
        if two_factor.verify(user, form.cleaned_data["code"]):
            throttle.succeeded(account, request.META.get("REMOTE_ADDR", ""))
            return HttpResponseRedirect(pending.complete(request, user))
        form.add_error("code", _WRONG)
    return _page(request, "second_factor", {**context, "title": "Second factor", "form": form})


def own_two_factor(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """Set it up, get new recovery codes, or turn it off: each with a code of now."""
    user: Any = request.user
    if not two_factor.enabled(user):
        return _enrol(request, user, context)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account, address = f"second factor of {user.pk}", request.META.get("REMOTE_ADDR", "")
        if not throttle.admit(account, address):
            form.add_error("code", _TOO_OFTEN)
        elif not two_factor.verify(user, form.cleaned_data["code"]):
            form.add_error("code", _WRONG)
        else:
            throttle.succeeded(account, address)
            return _changed(request, user, context)
    return _page(request, "own_two_factor", {
        **context, "title": "Two-factor sign-in", "form": form,
        "required": two_factor.required(user),
    })  # fmt: skip


def _changed(request: HttpRequest, user: User, context: dict[str, Any]) -> HttpResponseBase:
    if request.POST.get("wish") == "off" and not two_factor.required(user):
        two_factor.disable(user)
        messages.success(request, "Two-factor sign-in is off.")
        return redirect("admin:index")
    return _codes(request, two_factor.new_recovery_codes(user), context, then="admin:index")


def _enrol(request: HttpRequest, user: User, context: dict[str, Any]) -> HttpResponseBase:
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        codes = two_factor.confirm(user, form.cleaned_data["code"])
        if codes is not None:
            then = reverse("admin:index")
            if not request.user.is_authenticated:
                then = pending.complete(request, user)
            return _codes(request, codes, context, then=then)
        form.add_error("code", _WRONG)
    return _page(request, "enrol", {
        **context, "title": "Set up two-factor sign-in", "form": form,
        "enrolment": two_factor.enrolment(user),
    })  # fmt: skip


def _codes(
    request: HttpRequest, codes: list[str], context: dict[str, Any], *, then: str
) -> HttpResponseBase:
    return _page(request, "recovery_codes", {
        **context, "title": "Recovery codes", "codes": codes, "then": then,
    })  # fmt: skip


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
    return TemplateResponse(request, f"operators/{name}.html", context)
