"""What is checked before anything is written, for one execution and for many alike. Called by
`dispatch` and `batch`."""

from typing import Any

from pydantic import ValidationError

from agents.validation import checked, error_paths
from executions.errors import InvalidInputData, TaskNotFound
from executions.models import Run, Task
from modules.lookup import RunnableModule


def check_input(target: RunnableModule, input_data: Any, *, path: str = "input_data") -> None:
    """Raises InvalidInputData; path: where the input stands in the request."""
    try:
        checked(target.agent.cls.Input, input_data)
    except ValidationError as error:
        raise InvalidInputData(
            f"{path} does not fit the module's agent.", error_paths(error, path)
        ) from error


def check_task(org_id: str, task_id: str | None) -> None:
    if task_id is None:
        return
    if not Task.objects.for_org(org_id).filter(id=task_id).exists():
        raise TaskNotFound("No such task in this organization.")


def run_of_key(org_id: str, idempotency_key: str | None) -> Run | None:
    """Looked up before anything is checked: a call that was accepted once stays accepted, whatever
    became of its module since."""
    if idempotency_key is None:
        return None
    return Run.objects.for_org(org_id).filter(idempotency_key=idempotency_key).first()
