"""What we have in the database: our tables, and the keys of the rows in them."""

from typing import Any

import psycopg

_TABLES = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
WHERE c.relnamespace = 'platform_agents'::regnamespace AND c.relkind = 'r' GROUP BY c.relname"""

Holdings = dict[str, set[tuple[Any, ...]]]


def holdings(db: psycopg.Connection[Any]) -> Holdings:
    """Table -> the primary keys of its rows, of every table of ours."""
    tables = db.execute(_TABLES).fetchall()
    return {
        table: set(db.execute(f"SELECT {', '.join(keys)} FROM {table}").fetchall())
        for table, keys in tables
    }


def lost(before: Holdings, after: Holdings) -> dict[str, int]:
    """Rows that are gone, by table; a table that is gone counts with all its rows and one more."""
    gone = {table: len(keys - after[table]) for table, keys in before.items() if table in after}
    gone |= {table: len(keys) + 1 for table, keys in before.items() if table not in after}
    return {table: count for table, count in gone.items() if count}
