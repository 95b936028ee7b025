"""extract: the fields that a JSON Schema describes, read out of a text. Called by `agents.nlp`."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from agents.chat import prompts
from agents.chat.job import Job, needed
from agents.chat.json_schema import SchemaFault, accepted
from agents.chat.question import Tokens
from agents.chat.structured import ask_for, json_that_fits


def _accepted(schema: dict[str, Any]) -> dict[str, Any]:
    try:
        accepted(schema)
    except SchemaFault as fault:
        raise PydanticCustomError("json_schema", "{why}", {"why": str(fault)}) from None
    return schema


FieldsSchema = Annotated[dict[str, Any], AfterValidator(_accepted)]


class Options(BaseModel):
    """Which fields there are."""

    fields: FieldsSchema | None = Field(
        default=None,
        alias="schema",
        description="A JSON Schema of an object: the fields to extract. extract needs it.",
    )


class Output(BaseModel):
    """data is valid against the schema: checked here, whatever the server promises."""

    operation: Literal["extract"] = "extract"
    data: dict[str, Any]
    repairs: int = Field(description="How many answers before this one did not fit.")
    model: str
    usage: Tokens


async def run(job: Job, options: Options) -> Output:
    """Raises PermanentError naming the paths that do not fit after the last repair."""
    schema = accepted(needed(options.fields, "schema", operation="extract"))
    found = await ask_for(
        job,
        job.about(job.text or "", prompts.EXTRACT, schema=json.dumps(schema, ensure_ascii=False)),
        schema=schema,
        read=lambda text: json_that_fits(text, schema, root="data"),
    )
    return Output(
        data=found.value,
        repairs=found.repairs,
        model=found.answer.model,
        usage=job.model.spent(),
    )
