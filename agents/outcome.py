"""What a run of an agent came to: `run_agent` turns one execution into an `Outcome`, always.

The one place that decides an outcome, and so the one place that catches everything an agent may
raise. Called by the host for real runs; knows no frames and no processes.
"""

import asyncio
import inspect
import json
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from agents.base import AgentContext, BaseAgent
from agents.checkpoints import Suspended
from agents.encoding import to_json
from agents.errors import AgentError, InvalidConfig, InvalidInput, InvalidOutput, PermanentError
from agents.secrets import MARK, Scrubber, filled
from agents.validation import checked, error_paths, readable

_MAX_ERROR = 2000
_NO_SECRETS: Mapping[str, str | None] = MappingProxyType({})
_ENVELOPE = {"execution_id", "output", "success", "error", "status"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """status is `completed`, `failed`, `cancelled` or `suspended`; output is JSON text of a
    completed run, suspended says how a suspended one goes on."""

    status: str
    output: str = ""
    error: str = ""
    code: str = ""
    retryable: bool = False
    retry_after_s: float | None = None
    detail: str = ""
    """A traceback for administrators; never part of the error."""
    suspended: dict[str, Any] | None = None

    @property
    def value(self) -> Any:
        """The output as Python reads it; None of a run that did not complete."""
        return json.loads(self.output) if self.output else None


async def run_agent(
    cls: type[BaseAgent],
    context: AgentContext,
    *,
    config: Any,
    input_json: bytes | bytearray,
    org_secrets: Mapping[str, str | None] = _NO_SECRETS,
) -> Outcome:
    """One execution from JSON to JSON; config may be JSON text too, and refer to org_secrets.
    Never raises, whatever the agent does."""
    theirs = [*org_secrets.values(), context.gateway.key]
    secrets = Scrubber([*context.secrets.values(), *theirs])
    try:
        output = await _execute(cls, context, _config(config, org_secrets), input_json)
        return Outcome(status="completed", output=Scrubber(theirs).json(output))
    except asyncio.CancelledError:
        return Outcome(status="cancelled", error="Cancelled.")
    except Suspended as wish:
        return Outcome(status="suspended", suspended=wish.header())
    except AgentError as error:
        return Outcome(
            status="failed",
            error=_readable(_said(error) or type(error).__name__, secrets),
            code=error.code,
            retryable=error.retryable,
            retry_after_s=getattr(error, "retry_after_s", None),
        )
    except BaseException as error:  # noqa: BLE001 (decides the outcome; SystemExit included)
        return Outcome(
            status="failed",
            error=_readable(f"{type(error).__name__}: {_said(error)}", secrets),
            code="agent_crashed",
            detail=_readable("".join(traceback.format_exception(error)), secrets, most=20_000),
        )


async def _execute(
    cls: type[BaseAgent], context: AgentContext, config: Any, input_json: bytes | bytearray
) -> str:
    agent = cls(context.org_id, _validated(cls.Config, config, "config", InvalidConfig))
    agent.context = context
    input_data = json.loads(input_json) if input_json else {}
    result = await _call(agent, _validated(cls.Input, input_data, "input_data", InvalidInput))
    return to_json(_validated(cls.Output, unwrap(result), "output", InvalidOutput))


def _config(given: Any, secrets: Mapping[str, str | None]) -> Any:
    """With its secrets in place. It was checked when the run was accepted, but somebody may have
    edited it since."""
    if not isinstance(given, str):
        return filled(given, secrets)
    try:
        config = json.loads(given)
    except ValueError:
        raise InvalidConfig("The module's config is not valid JSON; correct it first.") from None
    if not isinstance(config, dict):
        raise InvalidConfig("The module's config must be a JSON object.")
    return filled(config, secrets) if MARK in given else config


async def _call(agent: BaseAgent, value: Any) -> Any:
    """Agents may write `def execute` too: on the io lane it must not stop the others."""
    if inspect.iscoroutinefunction(agent.execute) or agent.lane == "cpu":
        result = agent.execute(value)
    else:
        result = await asyncio.to_thread(agent.execute, value)
    return await result if inspect.isawaitable(result) else result


def _validated(model: Any, value: Any, root: str, failure: type[AgentError]) -> Any:
    try:
        return checked(model, value)
    except ValidationError as error:
        raise failure(readable(error_paths(error, root))) from error


def unwrap(result: Any) -> Any:
    """The output inside the older envelopes; anything else is the output itself.

    `{"execution_id": …, "output": x}` and `{"success": true, "output": x}` give x.
    `{"success": false, "error": …}` raises PermanentError with that text.
    """
    if not isinstance(result, dict) or not result.keys() <= _ENVELOPE:
        return _unless_failed(result)
    if "output" in result and result.keys() & {"execution_id", "success"}:
        return _unless_failed(result)["output"]
    return _unless_failed(result)


def _unless_failed(result: Any) -> Any:
    if isinstance(result, dict) and result.get("success") is False and "error" in result:
        raise PermanentError(str(result["error"] or "The agent reported a failure."))
    return result


def _said(error: BaseException) -> str:
    """Its message. An exception of an agent's own may fail even at that."""
    try:
        return str(error)
    except BaseException:  # noqa: BLE001 (else no result would ever be sent)
        return "(its message cannot be read)"


def _readable(text: str, secrets: Scrubber, *, most: int = _MAX_ERROR) -> str:
    """Storable, short, and without any secret that the agent was given."""
    clean = secrets.text(text).replace("\x00", "?").encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= most else f"{clean[:most]}…"
