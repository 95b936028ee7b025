"""The SQL of deliveries: claim, settle, forget. Called by the deliverer with its own connection.

A claim's lease is a number of its own and ends at `due_at`. Whoever settles asks for it, so a
deliverer that was taken for dead changes nothing any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from psycopg.rows import class_row

from executions import sql

Connection = psycopg.Connection[Any]

MOST_OUTPUT = 256 * 1024
PER_HOST, PER_ORG = 4, 16
"""Attempts at once of an organization, by all deliverers together: at one host, and in all."""
_LEASE_EXTRA_S = 5.0
_CLAIM = sql.read("claim_deliveries.sql")
_SETTLE = sql.read("settle_delivery.sql")
_FORGET = """
DELETE FROM executions_delivery WHERE id IN (
  SELECT id FROM executions_delivery WHERE settled_at < now() - make_interval(secs => %s)
  LIMIT 10000)"""


@dataclass(frozen=True, kw_only=True)
class Due:
    """A delivery in our hands, with what it has to say. enabled is None when its module's webhook
    was deleted, or when it never had one. Times of the execution are UTC without a zone."""

    id: str
    lease: UUID
    attempts: int
    org_id: str
    execution_id: str
    module_id: str
    webhook_id: str | None
    url: str
    secret_name: str | None
    outcome: str
    created_at: datetime
    enabled: bool | None
    key_id: str | None
    box: bytes | None
    org_gone: bool
    row_gone: bool
    task_id: str | None
    status: str | None
    error: str | None
    started_at: datetime | None
    completed_at: datetime | None
    output: str | None
    output_omitted: bool


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How an attempt ended. again_in_s: tried again then; None: over. gone: the receiver wants no
    more. refund: it does not count, and leaves no trace."""

    delivered: bool = False
    again_in_s: float | None = None
    status: int | None = None
    error: str = ""
    body: str = ""
    gone: bool = False
    refund: bool = False


def claim(conn: Connection, *, most: int) -> Sequence[Due]:
    """At most so many of those that are due, fairly chosen."""
    given = {
        "most": most,
        "per_host": PER_HOST,
        "per_org": PER_ORG,
        "most_output": MOST_OUTPUT,
        "lease_s": 2 * settings.WEBHOOK_TIMEOUT_SECONDS + _LEASE_EXTRA_S,
    }
    with conn.cursor(row_factory=class_row(Due)) as cursor:
        return cursor.execute(_CLAIM, given).fetchall()


def settle(conn: Connection, due: Due, verdict: Verdict) -> bool:
    """False when it was not ours any more."""
    given = {
        "id": due.id,
        "lease": due.lease,
        "again_in_s": verdict.again_in_s,
        "delivered": verdict.delivered,
        "status": verdict.status,
        "error": verdict.error,
        "body": verdict.body,
        "gone": verdict.gone,
        "refund": verdict.refund,
    }
    return conn.execute(_SETTLE, given).fetchone() is not None


def forget_old(conn: Connection) -> None:
    """Drop what has been over for WEBHOOK_KEEP_DAYS."""
    conn.execute(_FORGET, [settings.WEBHOOK_KEEP_DAYS * 86_400])
