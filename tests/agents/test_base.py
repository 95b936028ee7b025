"""BaseAgent and AgentContext: what an author writes, from the guide's plain class to models."""

import asyncio
import json
import time
from typing import Any

import pytest
from pydantic import BaseModel

from agents import AgentContext, BaseAgent, PermanentError, Usage
from agents.outcome import Outcome, run_agent
from agents.testing import Event, RecordingContext


class GuideAgent(BaseAgent):
    """Written as the integration guide shows: no models, dicts in and out."""

    async def execute(self, input_data: Any) -> Any:
        text = input_data.get("text")
        await self.log_execution("module-1", None, "completed", output=text)
        output = {
            "processed_text": text.upper(),
            "tone": self.config.get("tone"),
            "mine": self.validate_org_access("org-1"),
            "other": self.validate_org_access("org-2"),
        }
        return {"execution_id": "exec_123", "output": output}


class ModelledAgent(BaseAgent):
    class Config(BaseModel):
        times: int = 2

    class Input(BaseModel):
        text: str

    class Output(BaseModel):
        text: str

    async def execute(self, input_data: Input) -> Output:
        assert isinstance(self.config, self.Config)
        return self.Output(text=input_data.text * self.config.times)


def _run(cls: type[BaseAgent], input_data: Any, **given: Any) -> Outcome:
    context = given.pop("context", None) or RecordingContext()
    config: dict[str, Any] = given.pop("config", {})
    body = json.dumps(input_data).encode()
    return asyncio.run(run_agent(cls, context, config=config, input_json=body))


def test_a_class_written_as_the_guide_shows_runs_unchanged() -> None:
    context = RecordingContext()

    outcome = _run(GuideAgent, {"text": "hi"}, config={"tone": "dry"}, context=context)

    assert json.loads(outcome.output) == {
        "processed_text": "HI", "tone": "dry", "mine": True, "other": False,
    }  # fmt: skip
    assert context.data_of("log")[0]["message"] == "agent reported completed"


def test_the_guide_class_can_be_called_alone_with_org_and_config() -> None:
    found = asyncio.run(GuideAgent("org-2", {"tone": "warm"}).execute({"text": "hi"}))

    assert found["output"]["tone"] == "warm"
    assert (found["output"]["mine"], found["output"]["other"]) == (False, True)


def test_without_config_the_config_is_an_empty_dict_of_its_own() -> None:
    first, second = GuideAgent("org-1"), GuideAgent("org-2")
    first.config["tone"] = "dry"
    assert second.config == {}


def test_models_are_instances_inside_and_json_outside() -> None:
    outcome = _run(ModelledAgent, {"text": "ab"}, config={"times": 3})
    assert json.loads(outcome.output) == {"text": "ababab"}


@pytest.mark.parametrize(
    ("input_data", "config", "code", "path"),
    [
        ({}, {}, "invalid_input", "input_data.text"),
        ({"text": "a"}, {"times": "many"}, "invalid_config", "config.times"),
    ],
)
def test_what_does_not_fit_a_model_fails_and_names_the_path(
    input_data: Any, config: Any, code: str, path: str
) -> None:
    outcome = _run(ModelledAgent, input_data, config=config)

    assert (outcome.status, outcome.code, outcome.retryable) == ("failed", code, False)
    assert path in outcome.error


def test_an_agent_error_becomes_the_runs_error_and_its_code() -> None:
    class Refusing(BaseAgent):
        async def execute(self, input_data: Any) -> Any:
            raise PermanentError("The account is closed.")

    outcome = _run(Refusing, {})

    assert (outcome.error, outcome.code) == ("The account is closed.", "permanent")


@pytest.mark.parametrize(
    ("class_name", "expected"),
    [
        ("Sentiment", "sentiment"),
        ("NLPAgent", "nlp_agent"),
        ("MyHTTPAgent", "my_http_agent"),
        ("Agent2Go", "agent2_go"),
    ],
)
def test_a_class_without_a_name_is_called_by_its_class_in_snake_case(
    class_name: str, expected: str
) -> None:
    cls: Any = type(class_name, (GuideAgent,), {})
    assert cls.canonical_name() == expected


def test_base_agent_itself_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="abstract"):
        BaseAgent("org-1")  # type: ignore[abstract]


def test_events_arrive_in_order_with_their_kind() -> None:
    context = RecordingContext()

    context.log("reading", rows=3)
    context.progress(0.5, "half")
    context.token("Hel")
    context.usage(Usage(model="m", input_tokens=1, output_tokens=2))

    assert context.events == [
        Event("log", {"level": "info", "message": "reading", "data": {"rows": 3}}),
        Event("progress", {"fraction": 0.5, "message": "half"}),
        Event("token", {"text": "Hel"}),
        Event("usage", {"model": "m", "input_tokens": 1, "output_tokens": 2, "cost_usd": None}),
    ]


@pytest.mark.parametrize(("given", "emitted"), [(-1.0, 0.0), (0.25, 0.25), (7.0, 1.0)])
def test_progress_is_clamped_to_between_nothing_and_all(given: float, emitted: float) -> None:
    context = RecordingContext()
    context.progress(given)
    assert context.data_of("progress")[0]["fraction"] == emitted


def test_remaining_time_is_never_negative_and_none_without_a_deadline() -> None:
    assert AgentContext().remaining_s() is None
    assert AgentContext(deadline_s=time.monotonic() - 5).remaining_s() == 0
    remaining_s = AgentContext(deadline_s=time.monotonic() + 60).remaining_s()
    assert remaining_s is not None
    assert 50 < remaining_s <= 60


def test_a_contexts_repr_shows_no_secret() -> None:
    assert "hunter2" not in repr(AgentContext(secrets={"KEY": "hunter2"}))
    assert "hunter2" not in repr(RecordingContext(secrets={"KEY": "hunter2"}))


@pytest.mark.parametrize("text", ["garbage", "[1]", '"text"'])
def test_a_config_that_was_broken_meanwhile_is_named(text: str) -> None:
    context = RecordingContext()
    outcome = asyncio.run(run_agent(GuideAgent, context, config=text, input_json=b"{}"))
    assert (outcome.status, outcome.code) == ("failed", "invalid_config")
    assert outcome.error.startswith("The module's config")
