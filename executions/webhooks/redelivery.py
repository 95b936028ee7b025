"""`again`: deliveries that are over begin anew, with the same `webhook-id`. Called by the admin."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from executions import wakeups
from executions.models import Delivery


def again(deliveries: QuerySet[Delivery], ids: Sequence[str]) -> int:
    """How many were over. deliveries: those that the caller may touch. A receiver that kept the
    id knows it again."""
    over = deliveries.filter(id__in=ids).exclude(state=Delivery.State.PENDING)
    begun = over.update(
        state=Delivery.State.PENDING, attempts=0, due_at=Now(), lease=None, settled_at=None
    )
    if begun:
        with connection.cursor() as cursor:
            wakeups.announce(cursor, wakeups.DELIVERY_DUE, [""])
    return begun
