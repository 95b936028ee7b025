"""Closing a module's circuit again. It opens in `executions.circuit`. Called by the command and
the admin."""

import logging

from django.db import transaction

from modules.errors import ModuleNotFound
from modules.models import Module, ModuleCircuit

logger = logging.getLogger(__name__)


@transaction.atomic
def reset_circuit(*, org_id: str, module_id: str, by: str) -> None:
    """Failures 0, and the status active when it was error; a module that somebody made inactive
    stays so. Raises ModuleNotFound.

    The circuit's row comes first, as in sql/circuit.sql: so the two cannot deadlock.
    """
    circuits = ModuleCircuit.objects.for_org(org_id).filter(module_id=module_id)
    circuits.update(failures=0, opened_at=None)
    modules = Module.objects.for_org(org_id).filter(id=module_id)
    if not modules.exists():
        raise ModuleNotFound("No such module in this organization.")
    modules.filter(status=Module.ERROR).update(status=Module.ACTIVE)
    fields = {"org_id": org_id, "module_id": module_id, "by": by}
    logger.warning("circuit reset", extra={"fields": fields})
