"""`OperatorSite`: what `django.contrib.admin.site` is in this project.

unfold's site with our way of signing in and the choice of an organization, and without what tells a
stranger whether a row exists. Colours stand in our own style sheet instead of the page, so that the
content security policy needs no exception for them.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from unfold.sites import UnfoldAdminSite

from platform_agents.operators import organizations
from platform_agents.operators.jump import jump
from platform_agents.operators.navigation import has_own_password
from platform_agents.operators.sign_in import views
from platform_agents.operators.sign_in.form import SignInForm
from platform_agents.tenancy.access import access

_NOT_HERE = {"view_on_site"}
"""`r/<type>/<id>/` answers for rows of everybody."""


class OperatorSite(UnfoldAdminSite):  # type: ignore[misc]
    index_title = "Overview"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: list[tuple[str, Callable[..., HttpResponseBase], str]] = []

    def add_page(self, route: str, view: Callable[..., HttpResponseBase], *, name: str) -> None:
        """A page without a model, for signed-in staff; the view says who else may not see it."""
        self._pages.append((route, view, name))

    def get_urls(self) -> list[Any]:
        theirs = [url for url in super().get_urls() if getattr(url, "name", "") not in _NOT_HERE]
        return [
            path("second-factor/", self.second_factor, name="second_factor"),
            path("two-factor/", self.admin_view(self.own_two_factor), name="own_two_factor"),
            path(
                "organization/", self.admin_view(self.choose_organization),
                name="choose_organization",
            ),
            *(path(route, self.admin_view(view), name=name) for route, view, name in self._pages),
            *theirs,
        ]  # fmt: skip

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().each_context(request)
        return {
            **context,
            "colors": None,
            "access": access(request),
            "scope": organizations.scope(request),
        }

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ours: the theme's keeps what a user found for minutes, whatever they may see by then."""
        return jump(request)

    @method_decorator(never_cache)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        index = reverse("admin:index")
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(index)
        context = {
            **self.each_context(request), "title": "Sign in", "app_path": request.get_full_path(),
            **(extra_context or {}),
        }  # fmt: skip
        view = views.SignInView.as_view(
            extra_context=context, authentication_form=SignInForm, next_page=index,
            template_name="admin/login.html",
        )  # fmt: skip
        return view(request)

    @method_decorator([never_cache, csrf_protect])
    def second_factor(self, request: HttpRequest) -> HttpResponseBase:
        return views.second_factor(request, self.each_context(request))

    def own_two_factor(self, request: HttpRequest) -> HttpResponseBase:
        return views.own_two_factor(request, self.each_context(request))

    def choose_organization(self, request: HttpRequest) -> HttpResponseBase:
        return organizations.choose_organization(request, self.each_context(request))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The platform's accounts change their password there."""
        if not has_own_password(request):
            raise PermissionDenied
        answer: HttpResponse = super().password_change(request, extra_context)
        return answer
