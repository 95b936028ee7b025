"""A limit for the list's own queries. Every single filter has an index; some combinations of rare
ones read much, and nobody should wait long to be told to narrow them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

PATIENCE_MS = 5_000


class TooSlow(Exception):
    """What was asked for would take too long to find."""


@contextmanager
def limited(milliseconds: int = PATIENCE_MS) -> Iterator[None]:
    """Compiling costs more than these queries take, so it is off, too."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true), "
                               "set_config('jit', 'off', true)", [str(milliseconds)])  # fmt: skip
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise
