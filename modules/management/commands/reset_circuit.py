"""`manage.py reset_circuit MODULE`: a module that failed too often in a row may run again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modules.circuit import reset_circuit
from modules.models import Module


class Command(BaseCommand):
    help = "Close a module's circuit: no failures counted, and its status active if it was error."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("module", metavar="MODULE", help="the id of a module")
        parser.add_argument("--by", metavar="NAME", default="the console", help="who")

    def handle(self, *args: Any, **options: Any) -> None:
        modules = Module.objects.unscoped("who has the console has every organization")
        module = modules.filter(id=options["module"]).first()
        if module is None:
            raise CommandError(f"There is no module with the id {options['module']!r}.")
        reset_circuit(org_id=module.org_id, module_id=module.id, by=options["by"])
        module.refresh_from_db(from_queryset=modules.filter(id=module.id))
        self.stdout.write(
            f'Reset the circuit of module "{module.name}" ({module.id}); it is {module.status}.'
        )
