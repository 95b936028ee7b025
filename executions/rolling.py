"""Keeps figures of what ended: `roll`, an ordinary django-q2 task every ten minutes.

Each span is counted once: its figures and the marker that moves past it are one statement, and who
holds the marker's row is the only one. Killed before the commit, nothing of it happened.
"""

from django.db import connection

from executions import sql

_FIRST = sql.read("first_figures.sql")
_ROLL = sql.read("roll.sql")
_MOST_SPANS = 200


def roll() -> bool:
    """Count what ended up to a minute ago. False when more is left, or another process is at it."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST)
        for _ in range(_MOST_SPANS):
            cursor.execute(_ROLL)
            row = cursor.fetchone()
            if row is None or not row[0]:
                return row is not None
    return False
