"""Closing a module's circuit again. It opens in `executions.circuit`. Called by the command and
the admin."""

import logging

from django.db import transaction

from modules.errors import ModuleNotFound
from modules.models import Module, ModuleCircuit
from platform_agents.tenancy import audit

logger = logging.getLogger(__name__)


@transaction.atomic
def reset_circuit(*, org_id: str, module_id: str, by: str, address: str = "") -> None:
    """Failures 0, and the status active when it was error; a module that somebody made inactive
    stays so. Raises ModuleNotFound.

    The circuit's row comes first, as in sql/circuit.sql: so the two cannot deadlock.
    """
    circuits = ModuleCircuit.objects.for_org(org_id).filter(module_id=module_id)
    circuits.update(failures=0, opened_at=None)
    modules = Module.objects.for_org(org_id).filter(id=module_id)
    if not modules.exists():
        raise ModuleNotFound("No such module in this organization.")
    opened = modules.filter(status=Module.ERROR).update(status=Module.ACTIVE)
    audit.record(
        "circuit.reset", by=by, model="modules.module", object_id=module_id, org_id=org_id,
        after={"made_active": bool(opened)}, address=address,
    )  # fmt: skip
    fields = {"org_id": org_id, "module_id": module_id, "by": by}
    logger.warning("circuit reset", extra={"fields": fields})
