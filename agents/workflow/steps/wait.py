"""`uses: wait`: some seconds. Short ones are slept here; for longer ones the whole execution makes
a pause and holds no place. The end is remembered as a point in time, so that a wait that a crash
cut short does not begin again."""

import asyncio
import time

from pydantic import BaseModel, ConfigDict, Field

from agents.workflow.steps.call import Call, Pause

_SLEPT_S = 30.0


class With(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seconds: float = Field(ge=0, le=31 * 86_400, allow_inf_nan=False)


async def run(call: Call) -> dict[str, float] | Pause:
    given: With = call.given
    if given.seconds <= _SLEPT_S:
        await asyncio.sleep(given.seconds)
        return {"seconds": given.seconds}
    until = _until(call, given)
    left_s = until - time.time()
    if left_s <= 0:
        return {"seconds": given.seconds}
    return Pause(reason="wait", resume_in_s=left_s)


def _until(call: Call, given: With) -> float:
    """Seconds since the epoch."""
    if (kept := call.remembered) is not None:
        return float(kept.output["until"])
    until = time.time() + given.seconds
    call.context.checkpoint(call.step, {"until": until}, index=call.index, status="waiting")
    return until
