"""`manage.py openapi`: write openapi.json anew, after a route or an answer has changed."""

from typing import Any

from django.core.management.base import BaseCommand

from platform_agents.openapi.document import text
from platform_agents.openapi.file import PATH


class Command(BaseCommand):
    help = "Writes the description of the HTTP API, openapi.json, from the code."

    def handle(self, *args: Any, **options: Any) -> None:
        PATH.write_text(text(), encoding="utf-8")
        self.stdout.write(f"{PATH.name} is up to date.")
