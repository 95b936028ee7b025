from django.apps import AppConfig


class OpenapiConfig(AppConfig):
    """For the command, the page and its script. Has no tables."""

    name = "platform_agents.openapi"
    label = "openapi"
