"""What goes wrong when a database is asked, and one line of it for an operator.

Used by the check and the two commands. The drivers' texts run over many lines and repeat
themselves; the first says it.
"""

from django.core.exceptions import ImproperlyConfigured
from django.db import Error

DATABASE_ERRORS = (Error, ImproperlyConfigured)  # the latter: the embedded server cannot start


def first_line(error: Exception) -> str:
    """What the driver said first, without the statement and the context that follow."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
