"""An answer in JSON that fits a schema, or a readable failure.

The server is asked to keep to the schema (`json_schema`), else to answer JSON at all, else only in
words; whatever it promises, the answer is checked here. One that does not fit goes back to the
model with what is wrong, a bounded number of times. Called by operations.
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, NoReturn, TypeVar

from agents.chat import prompts
from agents.chat.job import Job
from agents.chat.json_fit import faults
from agents.chat.json_schema import is_strict
from agents.chat.question import UNSTORABLE, Answer, Message, ResponseFormat
from agents.chat.template import filled
from agents.errors import PermanentError

R = TypeVar("R")
_MOST_CANDIDATES = 20
_MAX_DEPTH = 50


class Unfit(Exception):
    """The answer cannot be used; for the model, and for people when it stays so."""


@dataclass(frozen=True, kw_only=True)
class Structured(Generic[R]):
    """The value, the answer it was read from, and how many before it did not fit."""

    value: R
    answer: Answer
    repairs: int


async def ask_for(
    job: Job, messages: Sequence[Message], *, schema: dict[str, Any], read: Callable[[str], R]
) -> Structured[R]:
    """`read` makes the value of the answer's text, or raises Unfit. Raises PermanentError when the
    answer was cut off, or does not fit after the last repair."""
    formats, why = _formats(schema), ""
    answer = await job.model.ask(messages, formats=formats)
    for repairs in range(job.repairs + 1):
        if repairs:
            _report(job, repairs, why)
            messages = [*messages, *_complaint(answer, why)]
            ask = partial(job.model.ask, messages, formats=formats)
            answer = await job.patience.insist(ask, "The repair")
        _check_whole(answer)
        try:
            return Structured(value=read(answer.text), answer=answer, repairs=repairs)
        except Unfit as unfit:
            why = str(unfit)
    raise PermanentError(f"The model's answer does not fit after {_counted(job.repairs)}: {why}")


def _report(job: Job, repair: int, why: str) -> None:
    job.context.progress(
        repair / (job.repairs + 1),
        f"The answer does not fit; repair {repair} of {job.repairs}: {why}",
    )


def json_that_fits(text: str, schema: dict[str, Any], *, root: str) -> Any:
    """The JSON in an answer. Raises Unfit naming the paths, under `root`, that do not fit."""
    value = json_in(text)
    found = faults(value, schema, root)
    if found:
        raise Unfit("; ".join(found))
    return value


def json_in(text: str) -> Any:
    """The answer as JSON; small models put words, fences or thoughts around it. Raises Unfit."""
    decoder = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)
    text = spoken(text)
    for start in _starts(text):
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, (dict, list)) or not text[end:].strip():
            return _storable(value)
    raise Unfit("expected JSON, got text that holds none")


def spoken(text: str) -> str:
    """The answer without the thoughts that some servers leave in front of it."""
    text = text.strip()
    return text.rpartition("</think>")[2].strip() if text.startswith("<think>") else text


def _starts(text: str) -> Iterator[int]:
    """Where JSON may begin: at the first character, else at one of the first braces."""
    yield 0
    position = text.find("{", 1)
    for _ in range(_MOST_CANDIDATES):
        if position < 0:
            return
        yield position
        position = text.find("{", position + 1)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number beyond all bounds")
    return number


def _storable(value: Any, depth: int = 0) -> Any:
    """The value without what cannot be stored (JSON can spell it out), and not too deep to walk."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if depth > _MAX_DEPTH and isinstance(value, (dict, list)):
        raise Unfit(f"expected JSON nested at most {_MAX_DEPTH} deep")
    if isinstance(value, dict):
        return {_storable(key): _storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    return value


def _check_whole(answer: Answer) -> None:
    if answer.finish_reason == "length":
        raise PermanentError(
            "The model's answer was cut off at the limit of tokens before it was complete; raise "
            "max_tokens in the input or in the module's config."
        )


def _formats(schema: dict[str, Any]) -> list[ResponseFormat]:
    named = {"name": "answer", "schema": schema, "strict": is_strict(schema)}
    return [{"type": "json_schema", "json_schema": named}, {"type": "json_object"}, None]


def _complaint(answer: Answer, why: str) -> list[Message]:
    return [
        {"role": "assistant", "content": answer.text},
        {"role": "user", "content": filled(prompts.REPAIR, {"faults": why})},
    ]


def _counted(repairs: int) -> str:
    return "1 repair" if repairs == 1 else f"{repairs} repairs"
