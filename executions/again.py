"""Run an execution again: with the config that it had or that of today, its input or another.

`wish` is for the API, whose view submits and waits; `run_again` submits by itself. What comes of it
is an execution of its own that names the earlier one. A child becomes one without a parent: whoever
called it has ended. A row of the gateway's that we never ran has no config of its own.
"""

from typing import Any, Literal

from django.conf import settings
from django.db import transaction

from executions import dispatch
from executions.dispatch import Submitted
from executions.errors import ExecutionNotFound, InvalidInputData, NotFinished
from executions.models import ModuleExecution, Run
from executions.submission import Submission, input_text
from modules.errors import ConfigVersionUnknown
from platform_agents.tenancy import audit

Config = Literal["same", "current"]

_FINISHED = {"completed", "failed"}
_NO_VERSION = (
    "It is not known which version of its module's config the execution ran with; run it again "
    'with config "current".'
)


@transaction.atomic
def run_again(
    org_id: str,
    execution_id: str,
    *,
    requested_by: str,
    config: Config = "same",
    input_data: dict[str, Any] | None = None,
    origin: str = Run.Origin.RETRY,
    idempotency_key: str | None = None,
    address: str = "",
) -> Submitted:
    """As `wish`, and it is in the audit. Raises what that raises, and what `dispatch.submit`
    does."""
    again = wish(
        org_id, execution_id, config=config, input_data=input_data, requested_by=requested_by,
        origin=origin, idempotency_key=idempotency_key,
    )  # fmt: skip
    submitted = dispatch.submit(again, execution_id=dispatch.new_execution_id())
    if not submitted.repeated:
        audit.record(
            "execution.retried", by=again.requested_by, model="executions.run",
            object_id=execution_id, org_id=org_id,
            after={"execution": submitted.execution_id, "config_version": again.config_version},
            address=address,
        )  # fmt: skip
    return submitted


def wish(
    org_id: str,
    execution_id: str,
    *,
    config: Config = "same",
    input_data: dict[str, Any] | None = None,
    requested_by: str,
    origin: str = Run.Origin.RETRY,
    idempotency_key: str | None = None,
    timeout_s: float | None = None,
    start_within_s: float | None = None,
    awaited: bool = False,
) -> Submission:
    """input_data None: that of the earlier execution. Raises ExecutionNotFound, NotFinished,
    ConfigVersionUnknown, InvalidInputData."""
    earlier, run = _find(org_id, execution_id)
    if not (run.state == Run.State.DONE if run else earlier.status in _FINISHED):
        raise NotFinished("The execution has not finished; wait for its end, or cancel it.")
    return Submission(
        org_id=org_id,
        module=earlier.module_id,
        input_data=_checked(earlier.input if input_data is None else input_data),
        task_id=earlier.task_id,
        origin=origin,
        requested_by=requested_by,
        idempotency_key=idempotency_key,
        timeout_s=timeout_s,
        start_within_s=start_within_s,
        awaited=awaited,
        config_version=_version(run) if config == "same" else None,
        retry_of=execution_id,
    )


def _find(org_id: str, execution_id: str) -> tuple[ModuleExecution, Run | None]:
    earlier = ModuleExecution.objects.for_org(org_id).filter(id=execution_id).first()
    if earlier is None:
        raise ExecutionNotFound("No such execution in this organization.")
    return earlier, Run.objects.for_org(org_id).filter(execution_id=execution_id).first()


def _version(run: Run | None) -> int:
    if run is None or run.config_version is None:
        raise ConfigVersionUnknown(_NO_VERSION)
    return run.config_version


def _checked(given: Any) -> dict[str, Any]:
    """What is stored may be anybody's, and what a form sends is not capped by a body's size."""
    if not isinstance(given, dict):
        raise _unusable("The earlier execution's input is no JSON object; send input_data.")
    size, most = len(input_text(given).encode()), settings.MAX_BODY_BYTES
    if size > most:
        raise _unusable(f"The input has {size:,} bytes; at most {most:,} are accepted.")
    return given


def _unusable(why: str) -> InvalidInputData:
    return InvalidInputData("The input cannot be used.", {"input_data": [why]})
