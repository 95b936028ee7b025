"""Runs of the data agent as the host makes them: JSON in, strict JSON out."""

import asyncio
import json
from typing import Any

from agents.data import DataAgent
from agents.outcome import Outcome, run_agent
from agents.testing import RecordingContext


def outcome(input_data: Any, config: Any = None) -> Outcome:
    body = json.dumps(input_data).encode()
    run = run_agent(DataAgent, RecordingContext(), config=config or {}, input_json=body)
    return asyncio.run(run)


def run(input_data: Any, config: Any = None) -> Any:
    found = outcome(input_data, config)
    assert found.status == "completed", found.error
    return json.loads(found.output, parse_constant=_refuse_constant)


def refused(input_data: Any, config: Any = None) -> str:
    """The error of a run that could not use its input."""
    found = outcome(input_data, config)
    assert (found.status, found.code) == ("failed", "invalid_input"), found
    return found.error


def after(data: Any, *steps: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """The records that a pipeline makes of data."""
    found: list[dict[str, Any]] = run({"data": data, "pipeline": list(steps), **more})["data"]
    return found


def column(data: Any, name: str, *steps: dict[str, Any], **more: Any) -> list[Any]:
    return [record[name] for record in after(data, *steps, **more)]


def report(data: Any, step: dict[str, Any]) -> Any:
    return run({"data": data, "pipeline": [step]})["reports"][step["op"]]


def refusal(data: Any, *steps: dict[str, Any], **more: Any) -> str:
    return refused({"data": data, "pipeline": list(steps), **more})


def _refuse_constant(name: str) -> Any:
    raise AssertionError(f"{name} is not JSON")
