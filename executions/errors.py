"""Why a call about an execution is refused. Each class has a stable `code`."""

from typing import ClassVar


class ExecutionError(Exception):
    code: ClassVar[str] = "execution_error"


class InvalidRequest(ExecutionError):
    """`errors` maps paths of the request to what is wrong there."""

    code = "invalid_request"

    def __init__(self, message: str, errors: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.errors = errors or {}


class InvalidInputData(InvalidRequest):
    """input_data does not fit the agent's Input."""

    code = "invalid_input"


class OrganizationMismatch(ExecutionError):
    code = "organization_mismatch"


class ExecutionNotFound(ExecutionError):
    """Missing, or of another organization: the caller cannot tell which."""

    code = "execution_not_found"


class TaskNotFound(ExecutionError):
    code = "task_not_found"


class AlreadySubmitted(ExecutionError):
    """The row to adopt is not pending any more, or was adopted with another input."""

    code = "already_submitted"


class InvalidSignature(ExecutionError):
    """Of a callback: wrong, missing, or too old."""

    code = "invalid_signature"


class NotWaiting(ExecutionError):
    """Of a callback: its attempt is over, or was answered already."""

    code = "not_waiting"


class AlreadyFinished(ExecutionError):
    """There is nothing left to cancel."""

    code = "already_finished"


class NotFinished(ExecutionError):
    """It cannot be run again before it has ended."""

    code = "not_finished"


class ApprovalNotFound(ExecutionError):
    """Missing, or of another organization: the caller cannot tell which."""

    code = "approval_not_found"


class ApprovalDecided(ExecutionError):
    """Somebody answered before."""

    code = "already_decided"


class ApprovalExpired(ExecutionError):
    """Nobody answered in time."""

    code = "approval_expired"


class SigningUnavailable(ExecutionError):
    """The platform holds no key for signing secrets, or not the right one."""

    code = "signing_unavailable"


class IdempotencyConflict(ExecutionError):
    """The key was used for another request."""

    code = "idempotency_conflict"


class OrganizationNotFound(ExecutionError):
    """Asked for at the console; callers of the API never name another organization."""

    code = "organization_not_found"


class StreamNotAvailable(ExecutionError):
    """This server answers whole, not bit by bit."""

    code = "stream_not_available"


class TooManySubscribers(ExecutionError):
    code = "too_many_subscribers"
    retry_after_s: ClassVar[int] = 10
