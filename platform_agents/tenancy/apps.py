from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "platform_agents.tenancy"
    label = "tenancy"
    verbose_name = "Organizations"
