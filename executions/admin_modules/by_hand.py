"""An operator runs a module: through the one door into the queue, and with a line in the audit.

Called by `run_now`.
"""

from typing import Any

from django.conf import settings
from django.db import transaction

from executions import dispatch
from executions.again import Config, run_again
from executions.errors import InvalidInputData
from executions.models import Run
from executions.submission import Submission, input_text
from modules.models import Module
from platform_agents.tenancy import audit


@transaction.atomic
def run(module: Module, input_data: dict[str, Any], *, by: str, address: str = "") -> str:
    """The new execution's id. Raises what `dispatch.submit` does."""
    _check_size(input_data)
    wish = Submission(
        org_id=module.org_id, module=module.pk, input_data=input_data, origin=Run.Origin.ADMIN,
        requested_by=f"user:{by}",
    )  # fmt: skip
    submitted = dispatch.submit(wish, execution_id=dispatch.new_execution_id())
    audit.record(
        "execution.started", by=by, model="executions.run", object_id=submitted.execution_id,
        org_id=module.org_id, label=module.name, after={"module": module.pk}, address=address,
    )  # fmt: skip
    return submitted.execution_id


def again(
    module: Module, execution_id: str, input_data: dict[str, Any] | None, *, config: Config,
    by: str, address: str = "",
) -> str:  # fmt: skip
    """The same for an earlier execution, which the new one names. input_data None: as it was.
    Raises what `again.run_again` does."""
    submitted = run_again(
        module.org_id, execution_id, config=config, input_data=input_data, address=address,
        requested_by=f"user:{by}",
    )  # fmt: skip
    return submitted.execution_id


def _check_size(input_data: dict[str, Any]) -> None:
    """A form's limit is another one than that of a call's body."""
    size, most = len(input_text(input_data).encode()), settings.MAX_BODY_BYTES
    if size > most:
        why = f"The input has {size:,} bytes; at most {most:,} are accepted."
        raise InvalidInputData("The input cannot be used.", {"input_data": [why]})
