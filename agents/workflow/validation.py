"""What is wrong with a workflow whose shape is right: every finding, each with its path. Pure.

Steps that are named twice or nowhere, cycles, fallbacks that make no sense, values that their
`uses` does not take, and expressions: badly written, or reading a step that may not be over yet.
Whether the modules exist is for whoever has the database (`modules.named_modules`). Called by
`model` when a config is checked: on save, at submit and before a run.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agents.workflow import graph, reading, template
from agents.workflow.expressions import BadExpression, Expression
from agents.workflow.findings import Finding, listed
from agents.workflow.steps import KINDS

if TYPE_CHECKING:
    from agents.workflow.model import Step, Workflow


MOST_EXPRESSIONS = 2_000


def findings(workflow: "Workflow") -> list[Finding]:
    if too_many := list(_too_many(workflow)):
        return too_many
    found = [*_names(workflow), *_fallbacks(workflow), *_cycles(workflow)]
    before = None if found else graph.ancestors(_after(workflow))
    for number, step in enumerate(workflow.steps):
        at = ("steps", number)
        found += [Finding((*at, *f.path), f.why) for f in (*_fits(step), *_given(step))]
    return [*found, *reading.findings(workflow, before)]


def _too_many(workflow: "Workflow") -> Iterator[Finding]:
    """Before anything is parsed, which takes a while each time."""
    written = [value for step in workflow.steps for _, value, _ in reading.values(step)]
    found = sum(map(template.count, [*written, workflow.output]))
    if found > MOST_EXPRESSIONS:
        yield Finding(("steps",), f"{found:,} expressions; at most {MOST_EXPRESSIONS:,}.")


# --- steps and their order ------------------------------------------------------------------------


def _names(workflow: "Workflow") -> Iterator[Finding]:
    first: dict[str, int] = {}
    for number, step in enumerate(workflow.steps):
        if step.id in first:
            why = f"The id {step.id!r} is that of steps.{first[step.id]} already."
            yield Finding(("steps", number, "id"), why)
        first.setdefault(step.id, number)
    stand_ins = workflow.fallbacks()
    for number, step in enumerate(workflow.steps):
        for n, name in enumerate(step.needs):
            if unusable := _unusable(name, step, first, stand_ins):
                yield Finding(("steps", number, "needs", n), unusable)


def _unusable(
    name: str, step: "Step", known: dict[str, int], stand_ins: dict[str, str]
) -> str | None:
    if name == step.id:
        return "A step cannot need itself."
    if name not in known:
        return f"There is no step {name!r}; there are {listed(known)}."
    if name in stand_ins:
        return f"{name!r} is a fallback; need {stand_ins[name]!r}, whose place it takes."
    return None


def _fallbacks(workflow: "Workflow") -> Iterator[Finding]:
    known = {step.id: step for step in workflow.steps}
    taken: dict[str, str] = {}
    for number, step in enumerate(workflow.steps):
        if (name := step.fallback) is None:
            continue
        path = ("steps", number, "on_error", "fallback")
        if name not in known:
            yield Finding(path, f"There is no step {name!r}; there are {listed(known)}.")
        elif name == step.id:
            yield Finding(path, "A step cannot be its own fallback.")
        elif name in taken:
            yield Finding(path, f"{name!r} is the fallback of {taken[name]!r} already.")
        elif known[name].needs:
            why = f"{name!r} is a fallback and so has no needs: it runs when this step fails."
            yield Finding(path, why)
        taken.setdefault(name, step.id)


def _after(workflow: "Workflow") -> dict[str, frozenset[str]]:
    """Who needs itself, or stands in for itself, is told so elsewhere."""
    after = {step.id: {*step.needs} for step in workflow.steps}
    for stand_in, step in workflow.fallbacks().items():
        after.get(stand_in, set()).add(step)
    return {step: frozenset(names - {step}) for step, names in after.items()}


def _cycles(workflow: "Workflow") -> Iterator[Finding]:
    if circle := graph.cycle(_after(workflow)):
        numbers = {step.id: number for number, step in enumerate(workflow.steps)}
        circle = circle[::-1]
        why = f"These steps wait for each other: {' → '.join([*circle, circle[0]])}."
        yield Finding(("steps", numbers[circle[0]], "needs"), why)


# --- what a step is given -------------------------------------------------------------------------


def _fits(step: "Step") -> Iterator[Finding]:
    """Fields that go together."""
    if step.uses == "approval":
        for name in ("for_each", "timeout_s"):
            if getattr(step, name) is not None:
                yield Finding((name,), "An approval step has none; with.expires_s limits its time.")
        if step.retry.attempts > 1:
            yield Finding(("retry",), "An approval step is asked once; it has no retry.")
    if isinstance(step.if_, str) and not _is_one_expression(step.if_):
        yield Finding(
            ("if",), "Expected one expression, as in ${{ input.paid }}, or true or false."
        )
    items = step.for_each.items if step.for_each else []
    if isinstance(items, str) and not _is_one_expression(items):
        why = "Expected a list, or one expression that gives one, as in ${{ input.rows }}."
        yield Finding(("for_each", "items"), why)


def _is_one_expression(text: str) -> bool:
    """Badly written ones are reported as such."""
    try:
        found = template.pieces(text)
    except BadExpression:
        return True
    return len(found) == 1 and isinstance(found[0], Expression)


def _given(step: "Step") -> Iterator[Finding]:
    """`with` against what the step's `uses` takes; what an expression will give is unknown yet."""
    try:
        KINDS[step.uses].With.model_validate(step.with_)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_context=False, include_input=False):
            if not _will_be_known(step.with_, item["loc"]):
                yield Finding(("with", *item["loc"]), item["msg"])


def _will_be_known(value: Any, path: tuple[int | str, ...]) -> bool:
    """Whether an expression stands at the path, or on the way to it."""
    for part in path:
        if isinstance(value, str):
            break
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return False
    return isinstance(value, str) and template.has_expression(value)
