"""What docs/agents/automation.md shows is valid and does what the page says."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from agents import Approval, BaseAgent, Suspended
from agents.automation import AutomationAgent
from agents.outcome import run_agent
from agents.testing import RecordingContext
from agents.workflow.model import Workflow

_PAGE = (Path(__file__).parents[3] / "docs" / "agents" / "automation.md").read_text()
_PEOPLE = {"people": [{"name": "Ann", "age": 31}, {"name": "Bo", "age": 12}]}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", _PAGE, re.DOTALL)


def test_the_example_asks_and_goes_on() -> None:
    config = json.loads(blocks("json")[0])
    modules = {"echo": lambda given: given, "data": {"columns": {"age": {"mean": 31}}}}
    given = json.dumps(_PEOPLE).encode()
    first = RecordingContext(modules=modules)
    ended = asyncio.run(run_agent(AutomationAgent, first, config=config, input_json=given))
    assert ended.status == "suspended", ended
    assert first.asked["ask"]["title"] == "Send 1 greetings?"
    for state, decision in (("approved", "approved"), ("rejected", "not sent")):
        answer: Any = Approval(state=state, by="ann", comment="so")
        second = RecordingContext(finished_steps=first.checkpoints, approvals={"ask": answer})
        ended = asyncio.run(run_agent(AutomationAgent, second, config=config, input_json=given))
        output = json.loads(ended.output)
        assert (output["greetings"], output["mean_age"]) == (["0: hello Ann"], 31)
        assert output["decision"]["decision"] == decision


def test_the_steps_of_the_page_are_valid() -> None:
    steps = [json.loads(text) for text in blocks("json")[1:]]
    assert steps
    Workflow.model_validate({"steps": steps})


def test_the_agent_of_the_page_keeps_its_step_and_asks() -> None:
    [source] = blocks("python")
    names: dict[str, Any] = {"BaseAgent": BaseAgent, "Suspended": Suspended}
    exec(source, names)
    loaded = []

    class Import(names["Import"]):  # type: ignore[misc]
        async def load(self, given: Any) -> int:
            loaded.append(given)
            return 3

    first = RecordingContext()
    ended = asyncio.run(run_agent(Import, first, config={}, input_json=b"{}"))
    assert ended.suspended == {"reason": "approval", "step": "publish", "resume_in_s": 3600}
    approved = {"publish": Approval(state="approved")}
    second = RecordingContext(finished_steps=first.checkpoints, approvals=approved)
    ended = asyncio.run(run_agent(Import, second, config={}, input_json=b"{}"))
    assert json.loads(ended.output) == {"published": True}
    assert loaded == [{}]
