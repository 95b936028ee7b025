"""`uses: approval`: goes on when an operator says so. The execution makes a pause meanwhile and
holds no place. The output is {decision, comment, by, at}; a refusal, or no answer in time, is a
failure, and so the step's `on_error` decides."""

from pydantic import BaseModel, ConfigDict, Field

from agents.checkpoints import LONGEST_WAIT_S
from agents.errors import PermanentError
from agents.workflow.steps.call import Call, Pause


class With(BaseModel):
    """expires_s: seconds in which it must be answered; a week without it."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=200)
    message: str = Field(default="", max_length=10_000)
    expires_s: float = Field(default=7 * 86_400, ge=1, le=LONGEST_WAIT_S, allow_inf_nan=False)


async def run(call: Call) -> dict[str, str] | Pause:
    given: With = call.given
    answer = call.context.approvals.get(call.step)
    if answer is None:
        call.context.ask_approval(
            call.step, title=given.title, message=given.message, expires_s=given.expires_s
        )
        return Pause(reason="approval", resume_in_s=given.expires_s)
    if answer.state == "pending":
        return Pause(reason="approval", resume_in_s=answer.left_s)
    if answer.state == "expired":
        raise PermanentError("Nobody decided in time.")
    if answer.state == "rejected":
        why = f": {answer.comment}" if answer.comment else "."
        raise PermanentError(f"Rejected by {answer.by}{why}")
    return {"decision": "approved", "comment": answer.comment, "by": answer.by, "at": answer.at}
