"""The sidebar, by task, and the few words around it. Named in `theme`, called by unfold.

An entry names a page by its URL name and appears when the user may see that page: a page that is
not there (yet) has no entry. A page gets its entry here, and nowhere else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`page`: the URL name in the namespace `admin`. `NAME_changelist` asks that page's own admin
    who may see it; others are for everybody, or for superusers."""

    title: str
    page: str
    icon: str
    superusers: bool = False


@dataclass(frozen=True, kw_only=True)
class Section:
    title: str
    entries: tuple[Entry, ...]


SECTIONS = (
    Section(
        title="Work",
        entries=(
            Entry(title="Overview", page="index", icon="dashboard"),
            Entry(title="Modules", page="modules_module_changelist", icon="widgets"),
            Entry(
                title="Executions",
                page="executions_moduleexecution_changelist",
                icon="play_circle",
            ),
            Entry(title="Approvals", page="executions_approval_changelist", icon="how_to_reg"),
            Entry(title="Schedules", page="modules_moduleschedule_changelist", icon="schedule"),
            Entry(title="Operations", page="operations", icon="monitor_heart"),
        ),
    ),
    Section(
        title="Webhooks",
        entries=(
            Entry(title="Webhooks", page="modules_modulewebhook_changelist", icon="webhook"),
            Entry(title="Deliveries", page="executions_delivery_changelist", icon="outbox"),
            Entry(
                title="Signing secrets",
                page="executions_signingsecret_changelist",
                icon="signature",
            ),
        ),
    ),
    Section(
        title="Look closer",
        entries=(
            Entry(title="Steps", page="executions_step_changelist", icon="account_tree"),
            Entry(title="Tasks", page="executions_task_changelist", icon="task_alt"),
            Entry(
                title="Circuits",
                page="modules_modulecircuit_changelist",
                icon="electrical_services",
            ),
            Entry(title="Audit log", page="tenancy_auditentry_changelist", icon="history"),
        ),
    ),
    Section(
        title="Settings",
        entries=(
            Entry(title="Module policies", page="modules_modulepolicy_changelist", icon="tune"),
            Entry(title="Limits", page="tenancy_orgpolicy_changelist", icon="speed"),
            Entry(title="Secrets", page="tenancy_secret_changelist", icon="lock"),
            Entry(title="API keys", page="tenancy_apikey_changelist", icon="key"),
            Entry(title="People", page="tenancy_platformuser_changelist", icon="group"),
            Entry(title="Members", page="tenancy_membership_changelist", icon="badge"),
            Entry(title="Organizations", page="tenancy_organization_changelist", icon="domain"),
        ),
    ),
    Section(
        title="Platform",
        entries=(
            Entry(
                title="Kill switch",
                page="executions_killswitch_changelist",
                icon="power_settings_new",
            ),
            Entry(title="Plans", page="tenancy_planpolicy_changelist", icon="balance"),
            Entry(title="Users", page="auth_user_changelist", icon="manage_accounts"),
        ),
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    shown = ({"title": section.title, "items": list(_items(section, request))}
             for section in SECTIONS)  # fmt: skip
    return [section for section in shown if section["items"]]


def _items(section: Section, request: HttpRequest) -> Iterator[dict[str, Any]]:
    for entry in section.entries:
        try:
            link = reverse(f"admin:{entry.page}")
        except NoReverseMatch:
            continue
        if _may_see(entry, request):
            here = request.path == link if entry.page == "index" else request.path.startswith(link)
            yield {"title": entry.title, "icon": entry.icon, "link": link, "active": here}


def _may_see(entry: Entry, request: HttpRequest) -> bool:
    if entry.superusers and not request.user.is_superuser:
        return False
    for model, page in admin.site._registry.items():
        if entry.page == f"{model._meta.app_label}_{model._meta.model_name}_changelist":
            return page.has_view_permission(request)
    return True


def subheader(request: HttpRequest) -> str:
    """Under the product's name: which time zone the times are in."""
    return f"Times in {timezone.get_current_timezone_name()}"


def environment(request: HttpRequest) -> list[str]:
    """The badge in the header: its text and its colour."""
    production = settings.ENVIRONMENT == "production"
    return [settings.ENVIRONMENT.capitalize(), "danger" if production else "info"]


def account(request: HttpRequest) -> list[dict[str, Any]]:
    """Links above "Log out"."""
    if not request.user.is_authenticated:
        return []
    pages = {"Two-factor sign-in": "own_two_factor"}
    if has_own_password(request):
        pages["Change password"] = "password_change"
    return [{"title": title, "link": reverse(f"admin:{page}")} for title, page in pages.items()]


def has_own_password(request: HttpRequest) -> bool:
    """The platform's accounts have theirs elsewhere."""
    return request.user.is_authenticated and request.user.has_usable_password()


def favicon(request: HttpRequest) -> str:
    return static("operators/favicon.svg")


def style_sheet(request: HttpRequest) -> str:
    return static("operators/console.css")


def page_script(request: HttpRequest) -> str:
    return static("operators/page.js")
