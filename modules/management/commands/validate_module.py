"""`manage.py validate_module ID`, or `--all`: says everything that is wrong with modules at once.

Exit status 0 when all that were looked at run, 1 when one does not, 2 for wrong usage or when the
database cannot be asked.
"""

import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import QuerySet

from agents.kit.terminal import one_line
from modules import diagnosis
from modules.diagnosis import Finding
from modules.management import console
from modules.models import Module
from platform_agents.shared_schema.database_errors import DATABASE_ERRORS, first_line

_AT_ONCE = 1000
_ROW = "{:36}  {:24}  {:20}  {}"


class Command(BaseCommand):
    help = "Check modules: status, agent, config, policy, schedules. Exit status 1: one cannot run."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("module", nargs="?", metavar="ID", help="the id of a module")
        which.add_argument("--all", action="store_true", help="every module, as a table")
        parser.add_argument("--org", metavar="ID", help="only of this organization")

    def handle(self, *args: Any, **options: Any) -> None:
        console.agents()  # says what is wrong with a package, before any module is blamed
        modules = _modules(options["org"])
        try:
            works = self._all(modules) if options["all"] else self._one(modules, options["module"])
        except DATABASE_ERRORS as error:
            said = first_line(error)
            raise console.wrong(f"The database could not be asked: {said}") from error
        if not works:
            sys.exit(1)

    def _one(self, modules: QuerySet[Module], module_id: str) -> bool:
        module = modules.filter(id=module_id).first()
        if module is None:
            raise console.wrong(f"There is no module with the id {module_id!r}.")
        [found] = diagnosis.findings([module])
        works = _works(found)
        verdict = "runs" if works else "does not run"
        self.stdout.write(one_line(f'The module "{module.name}" ({module.id}) {verdict}.'))
        for finding in found:
            self.stdout.write(f"  {'error' if finding.blocks else 'note ':5}  {_shown(finding)}")
        return works

    def _all(self, modules: QuerySet[Module]) -> bool:
        self.stdout.write(_ROW.format("MODULE", "NAME", "AGENT", "WHAT WAS FOUND"))
        looked, broken = 0, 0
        for some in _batches(modules.order_by("org_id", "name", "id")):
            for module, found in zip(some, diagnosis.findings(some), strict=True):
                looked, broken = looked + 1, broken + (not _works(found))
                self.stdout.write(_row(module, found))
        self.stdout.write(f"{looked:,} modules, {broken:,} of them cannot run.")
        return not broken


def _modules(org_id: str | None) -> QuerySet[Module]:
    if org_id:
        return Module.objects.for_org(org_id)
    return Module.objects.unscoped("who has the console has every organization")


def _batches(modules: QuerySet[Module]) -> Iterator[list[Module]]:
    rows = modules.iterator(chunk_size=_AT_ONCE)
    while some := list(islice(rows, _AT_ONCE)):
        yield some


def _works(found: list[Finding]) -> bool:
    return not any(finding.blocks for finding in found)


def _row(module: Module, found: list[Finding]) -> str:
    """Errors first; a module without findings says ok."""
    ordered = sorted(found, key=lambda finding: not finding.blocks)
    said = "; ".join(_shown(finding) for finding in ordered) or "ok"
    name, agent = one_line(module.name)[:24], one_line(module.python_module)[:20]
    return _ROW.format(one_line(module.id), name, agent, said)


def _shown(finding: Finding) -> str:
    """Names and texts of tenants are in it."""
    return one_line(str(finding))
