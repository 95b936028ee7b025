"""Who took which executions along as a file: one line in the audit per organization that has some
in it, so that the admins of each learn of their own and of nobody else's."""

from collections import Counter
from collections.abc import Iterable, Iterator

from django.db import transaction
from django.http import HttpRequest

from executions.admin_list.entries import Entry
from platform_agents.tenancy import audit
from platform_agents.tenancy.access import access


def audited(
    found: Iterable[list[Entry]], request: HttpRequest, *, filters: str, kind: str
) -> Iterator[list[Entry]]:
    """The same batches. Recorded behind the last one that was asked for, also when the download
    breaks off; filters: as they are in the list's address."""
    rows: Counter[str] = Counter()
    try:
        for batch in found:
            rows.update(entry.org_id for entry in batch)
            yield batch
    finally:
        _record(request, rows or Counter({_whose(request): 0}), filters, kind)


def _whose(request: HttpRequest) -> str:
    """Of a file without rows: who could have had some in it."""
    org_ids = access(request).visible()
    return org_ids[0] if org_ids and len(org_ids) == 1 else ""


def _record(request: HttpRequest, rows: Counter[str], filters: str, kind: str) -> None:
    with transaction.atomic():
        for org_id, number in sorted(rows.items()):
            audit.record(
                "executions.exported", by=request.user.get_username(),
                model="executions.moduleexecution", object_id="", org_id=org_id,
                label=f"{number:,} executions as {kind.upper()}",
                after={"rows": number, "format": kind, "filters": filters or "none"},
                address=audit.address_of(request),
            )  # fmt: skip
