"""How long runs took, in steps that an index knows: a list of slow runs must not read all others.

`took_step()` is the expression of the indexes on `executions_run`; a filter that is written in any
other way does not use them.
"""

from django.db.models import F, Func, IntegerField

STEPS_S = (1, 10, 60, 600)
"""Step 1 begins at the first, step 4 at the last; below is 0."""


def took_step() -> Func:
    """From the claim of the last attempt to the end. NULL while it has not ended."""
    return Func(
        F("finished_at"),
        F("claimed_at"),
        arg_joiner=" - ",
        template="width_bucket(EXTRACT(epoch FROM (%(expressions)s)), "
        "ARRAY[1, 10, 60, 600]::numeric[])",
        output_field=IntegerField(),
    )
