"""Django's own users, for superusers, in the theme's clothes.

Groups have no page: memberships decide, not Django's permissions
(docs/decisions/0006-fail-closed-tenancy.md). Nor have devices of the second factor: theirs would
show the keys.
"""

from typing import Any

import django_otp.plugins.otp_static.admin
import django_otp.plugins.otp_totp.admin  # noqa: F401 (or autodiscover would register it after us)
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from platform_agents.operators.sign_in import two_factor
from platform_agents.tenancy.admin_scope import SuperuserAdmin
from platform_agents.tenancy.models import PlatformLogin

for _model in (User, Group, TOTPDevice, StaticDevice):
    admin.site.unregister(_model)


def _of_the_platform(user: Any) -> bool:
    """Whether somebody's account, password and role are the platform's, and not ours to change."""
    logins = PlatformLogin.objects.unscoped("superusers look at every user")
    return user is not None and logins.filter(user_id=user.pk).exists()


@admin.register(User)
class OperatorAdmin(SuperuserAdmin, UserAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    actions = ("remove_second_factor",)
    list_display = ("username", "email", "is_superuser", "is_active", "last_login")
    list_filter = ("is_superuser", "is_active")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2", "is_staff")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """An account of the platform has nothing to change here but whether it may sign in."""
        if not _of_the_platform(obj):
            return super().get_fieldsets(request, obj)
        return [("Account of the platform", {"fields": ("username", "email", "first_name",
                 "is_active", "is_superuser", "last_login", "date_joined")})]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        theirs = ("username", "email", "first_name", "is_superuser")
        return (*self.readonly_fields, *theirs) if _of_the_platform(obj) else self.readonly_fields

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""  # noqa: A002 (Django's name)
    ) -> HttpResponse:  # fmt: skip
        if _of_the_platform(self.get_object(request, id)):
            raise PermissionDenied
        answer: HttpResponse = super().user_change_password(request, id, form_url)
        return answer

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not oneself: deactivate instead, or ask another superuser."""
        return super().has_delete_permission(request, obj) and obj != request.user

    @admin.action(description="Remove the second factor (a lost phone)", permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            two_factor.disable(user)
            self.log_change(request, user, "Second factor removed.")
        self.message_user(request, "They sign in with their password alone now.", messages.SUCCESS)
