from django.apps import AppConfig
from django.contrib.admin import apps as admin


class OperatorsConfig(AppConfig):
    name = "platform_agents.operators"
    label = "operators"
    default = True


class SiteConfig(admin.AdminConfig):
    """django.contrib.admin, with `admin.site` being ours: pages register as they always do."""

    default_site = "platform_agents.operators.site.OperatorSite"
    default = False
