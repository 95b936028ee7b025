"""The tabs of a module's page: an address each. A page that is not there (yet) has no tab."""

from dataclasses import dataclass

from django.contrib.admin.utils import quote
from django.urls import NoReverseMatch, reverse

from modules.models import Module


@dataclass(frozen=True, kw_only=True)
class Tab:
    """needs: the URL name of the pages whose rows it shows."""

    key: str
    title: str
    page: str
    needs: str = ""


@dataclass(frozen=True, kw_only=True)
class ShownTab:
    title: str
    link: str
    active: bool


RELATED = {
    "schedules": "modules_moduleschedule",
    "webhooks": "modules_modulewebhook",
}
"""Tab -> whose rows it lists: those of a registered admin that name the module by `module_id`."""

_TABS = (
    Tab(key="settings", title="Settings", page="modules_module_change"),
    Tab(key="policy", title="Policy", page="module_policy"),
    *(
        Tab(key=key, title=key.capitalize(), page=f"module_{key}", needs=f"{rows}_changelist")
        for key, rows in RELATED.items()
    ),
    Tab(key="history", title="History", page="modules_module_config"),
)


def tabs(module: Module, active: str) -> list[ShownTab]:
    return [
        ShownTab(
            title=tab.title,
            link=reverse(f"admin:{tab.page}", args=[quote(module.pk)]),
            active=tab.key == active,
        )
        for tab in _TABS
        if not tab.needs or exists(tab.needs)
    ]


def exists(page: str) -> bool:
    try:
        reverse(f"admin:{page}")
    except NoReverseMatch:
        return False
    return True
