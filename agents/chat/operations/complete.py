"""complete: a text, a conversation or a filled template, answered. The older shape of the agent.

Input and output are what they were before there were other operations. Called by `agents.nlp`.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from agents.chat.job import Job, values_of
from agents.chat.question import Message, Tokens
from agents.chat.template import UnknownPlace, filled, first_fault, places
from agents.errors import InvalidInput

MAX_VARIABLES = 200


def _template(value: str) -> str:
    at = first_fault(value)
    if at is not None:
        raise PydanticCustomError(
            "template",
            "Expected a name in each {braces}, such as {example}; the one at character {at} is "
            "none.",
            {"braces": "{{ }}", "example": "{{ customer }}", "at": at + 1},
        )
    return value


Template = Annotated[str, AfterValidator(_template), Field(max_length=100_000)]
Variables = Annotated[
    dict[str, str | int | float | bool],
    Field(max_length=MAX_VARIABLES, description="Values of the template's places."),
]


class ConfigOptions(BaseModel):
    """The template is the module's: a caller fills it, and cannot change it."""

    template: Template | None = Field(
        default=None,
        description="What is asked, with places such as {{ name }}, filled from the input's "
        "variables; {{ text }} is the input's text.",
    )


class InputOptions(BaseModel):
    """Its values are the caller's."""

    variables: Variables | None = None


class Options(ConfigOptions, InputOptions):
    """Both."""


class GuideTokens(Tokens):
    """As it was before there were prices: the cost is left out where it is not known."""

    cost_usd: float | None = Field(
        default=None, exclude_if=lambda cost: cost is None, description="US dollars."
    )


class Output(BaseModel):
    """model and finish_reason as the server says them; `length` means cut at max_tokens."""

    processed_text: str
    model: str
    finish_reason: str
    usage: GuideTokens


async def run(job: Job, options: Options) -> Output:
    """One question, one answer."""
    said = _said(job, options)
    if job.system_prompt:
        said = [{"role": "system", "content": job.system_prompt}, *said]
    answer = await job.model.ask(said, streamed=True)
    return Output(
        processed_text=answer.text,
        model=answer.model,
        finish_reason=answer.finish_reason,
        usage=GuideTokens(**job.model.spent().model_dump()),
    )


def _said(job: Job, options: Options) -> list[Message]:
    if options.template is None and options.variables:
        raise InvalidInput("input_data.variables: the module has no template to fill.")
    if job.messages is not None:
        return list(job.messages)
    text = job.text if options.template is None else _filled(options.template, job, options)
    return [{"role": "user", "content": text or ""}]


def _filled(template: str, job: Job, options: Options) -> str:
    values: dict[str, Any] = values_of(options.variables)
    if job.text is not None:
        if "text" not in places(template):
            raise InvalidInput(
                "input_data.text: the module's template has no {{ text }}; send variables."
            )
        values["text"] = job.text
    try:
        return filled(template, values)
    except UnknownPlace as missing:
        where = "text" if missing.name == "text" else f"variables.{missing.name}"
        raise InvalidInput(
            f"input_data.{where} is missing: the module's template needs it."
        ) from None
