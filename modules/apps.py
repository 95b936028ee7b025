from django.apps import AppConfig


class ModulesConfig(AppConfig):
    name = "modules"
    verbose_name = "Modules"

    def ready(self) -> None:
        from modules import checks  # noqa: F401, PLC0415 (registers the check once apps are loaded)
