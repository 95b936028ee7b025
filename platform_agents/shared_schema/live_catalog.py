"""What the database says about the shared tables: one catalog query, no interpretation.

Reads `pg_catalog` rather than `information_schema`, which hides what the role may not touch.
Used by contract.py.
"""

from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from platform_agents.shared_schema.names import SCHEMA, SHARED_TABLES

QUERY = """
SELECT c.relname, a.attname,
       CASE WHEN t.typtype = 'e' THEN t.typname ELSE format_type(t.oid, a.atttypmod) END,
       NOT a.attnotnull,
       a.attidentity <> '' OR a.attgenerated <> '',
       pg_get_expr(d.adbin, d.adrelid),
       (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
          FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE n.nspname = %s AND c.relname = ANY(%s) AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
 ORDER BY c.relname, a.attnum
"""


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """One column as the catalog has it; `default` is PostgreSQL's text of the expression."""

    type: str
    nullable: bool
    fills_itself: bool
    default: str | None
    labels: tuple[str, ...] | None


def live_columns(connection: BaseDatabaseWrapper) -> dict[str, dict[str, LiveColumn]]:
    """Table name -> column name -> column, of the shared tables that exist."""
    tables: dict[str, dict[str, LiveColumn]] = {}
    with connection.cursor() as cursor:
        cursor.execute(QUERY, [SCHEMA, list(SHARED_TABLES)])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    for table, column, type_name, nullable, fills_itself, default, labels in rows:
        tables.setdefault(table, {})[column] = LiveColumn(
            type=type_name,
            nullable=nullable,
            fills_itself=fills_itself,
            default=default,
            labels=tuple(labels) if labels is not None else None,
        )
    return tables
