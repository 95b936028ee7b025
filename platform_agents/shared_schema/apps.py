"""The app that holds the contract; it has no models. Registers the drift check at start."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from platform_agents.shared_schema.checks import check_contract


class SharedSchemaConfig(AppConfig):
    """App `shared_schema`: fields, two commands and a check, no tables."""

    name = "platform_agents.shared_schema"
    label = "shared_schema"
    verbose_name = "Shared schema"

    def ready(self) -> None:
        register(check_contract, Tags.database)
