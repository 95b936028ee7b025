"""sentiment: what a text feels like, as a word and a number. Called by `agents.nlp`."""

from typing import Any, Literal, get_args

from pydantic import BaseModel, Field

from agents.chat import prompts
from agents.chat.job import Job
from agents.chat.question import Tokens
from agents.chat.structured import ask_for, json_that_fits

Sentiment = Literal["positive", "negative", "neutral", "mixed"]
_SCHEMA = {
    "type": "object",
    "properties": {
        "sentiment": {"type": "string", "enum": list(get_args(Sentiment))},
        "score": {"type": "number", "minimum": -1, "maximum": 1},
    },
    "required": ["sentiment", "score"],
    "additionalProperties": False,
}


class Options(BaseModel):
    """There are none."""


class Output(BaseModel):
    """score: from -1, very negative, to 1, very positive."""

    operation: Literal["sentiment"] = "sentiment"
    sentiment: Sentiment
    score: float = Field(ge=-1, le=1)
    repairs: int = Field(description="How many answers before this one did not fit.")
    model: str
    usage: Tokens


async def run(job: Job, options: Options) -> Output:
    """Raises PermanentError when the model does not answer in these words."""
    found = await ask_for(
        job,
        job.about(job.text or "", prompts.SENTIMENT),
        schema=_SCHEMA,
        read=_judged,
    )
    return Output(
        **found.value,
        repairs=found.repairs,
        model=found.answer.model,
        usage=job.model.spent(),
    )


def _judged(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json_that_fits(text, _SCHEMA, root="answer")
    return found
