"""classify: which of the given labels fits a text, or which several. Called by `agents.nlp`."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from agents.chat import prompts
from agents.chat.job import Job, needed
from agents.chat.question import Tokens
from agents.chat.structured import Unfit, ask_for, json_in, spoken

Label = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\r\n]*$"),
]


def _distinct(labels: list[str]) -> list[str]:
    if len({label.casefold() for label in labels}) < len(labels):
        raise PydanticCustomError("labels", "Expected labels that differ in more than their case.")
    return labels


Labels = Annotated[list[Label], Field(min_length=2, max_length=200), AfterValidator(_distinct)]


class Options(BaseModel):
    """Which labels there are."""

    labels: Labels | None = Field(default=None, description="One each line; classify needs them.")
    multiple: bool | None = Field(
        default=None, description="Whether several labels may fit; one without it."
    )


class Output(BaseModel):
    """Labels as they were given. label is the first of labels."""

    operation: Literal["classify"] = "classify"
    label: str
    labels: list[str]
    repairs: int = Field(description="How many answers before this one did not fit.")
    model: str
    usage: Tokens


async def run(job: Job, options: Options) -> Output:
    """Raises PermanentError when the model names no label of the list, even when told so."""
    labels = needed(options.labels, "labels", operation="classify")
    multiple = options.multiple or False
    prompt = prompts.CLASSIFY_MULTIPLE if multiple else prompts.CLASSIFY
    found = await ask_for(
        job,
        job.about(job.text or "", prompt, labels="\n".join(labels)),
        schema=_schema(labels, multiple),
        read=lambda text: _labels_in(text, labels, multiple),
    )
    return Output(
        label=found.value[0],
        labels=found.value,
        repairs=found.repairs,
        model=found.answer.model,
        usage=job.model.spent(),
    )


def _schema(labels: Sequence[str], multiple: bool) -> dict[str, Any]:
    one = {"type": "string", "enum": list(labels)}
    name, schema = ("labels", {"type": "array", "items": one}) if multiple else ("label", one)
    return {
        "type": "object",
        "properties": {name: schema},
        "required": [name],
        "additionalProperties": False,
    }


def _labels_in(text: str, labels: Sequence[str], multiple: bool) -> list[str]:
    """The labels that an answer names, in its order. Raises Unfit."""
    known = {label.casefold(): label for label in labels}
    text = spoken(text)
    named = [text] if _plain(text) in known else _named(text, multiple)
    found = list(dict.fromkeys(known[_plain(name)] for name in named if _plain(name) in known))
    strange = [name for name in named if _plain(name) not in known]
    if strange or not found:
        said = " ".join(strange[0].split())[:80] if strange else ""
        expected = "one or several" if multiple else "exactly one"
        raise Unfit(f"expected {expected} of the labels, got {said!r}")
    if len(found) > 1 and not multiple:
        raise Unfit(f"expected exactly one of the labels, got {len(found)}")
    return found


def _named(text: str, multiple: bool) -> list[str]:
    """From JSON as it was asked for, or from plain words, which small models prefer."""
    try:
        value = json_in(text)
    except Unfit:
        return [line for line in text.splitlines() if line.strip()] if multiple else [text]
    if isinstance(value, dict):
        value = value.get("labels", value.get("label"))
    values = value if isinstance(value, list) else [value]
    return [str(each) for each in values if each is not None]


def _plain(name: str) -> str:
    return name.strip().strip("\"'`*-.").strip().casefold()
