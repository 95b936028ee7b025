"""`uses: notify`: tell somebody. With a url a webhook gets {message, data, step, execution_id,
org_id} as JSON; without one the message is a line in the execution's log."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.workflow.steps import http
from agents.workflow.steps.call import Call


class With(BaseModel):
    model_config = ConfigDict(extra="forbid")

    message: str = Field(max_length=10_000)
    data: Any = None
    level: Literal["info", "warning", "error"] = "info"
    url: str | None = Field(default=None, max_length=8000)
    headers: dict[str, str] = Field(default_factory=dict)


async def run(call: Call) -> dict[str, Any]:
    given: With = call.given
    if given.url is None:
        call.context.log(given.message, level=given.level, step=call.step, data=given.data)
        return {"status": None}
    said = {
        "message": given.message, "data": given.data, "step": call.step,
        "execution_id": call.context.execution_id, "org_id": call.context.org_id,
    }  # fmt: skip
    headers = {**({"Idempotency-Key": call.key} if call.key else {}), **given.headers}
    response = await call.context.http.request(
        "POST", given.url, headers=headers, json=said, timeout_s=call.timeout_s
    )
    if response.status >= 300:
        raise http.failure(response)
    return {"status": response.status}
