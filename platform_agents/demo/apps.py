from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "platform_agents.demo"
    label = "demo"
    verbose_name = "Demo"
