"""What the expressions of a workflow read, held against what is there to read at their place.

A step may read the input, the run, and the steps that are surely over before it starts: those it
needs, and those that these need. Used by `validation`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.workflow import template
from agents.workflow.expressions import BadExpression, Expression
from agents.workflow.findings import Finding, listed
from agents.workflow.references import steps_read
from agents.workflow.template import NotRendered, Path

if TYPE_CHECKING:
    from agents.workflow.model import Step, Workflow

_ROOTS = frozenset({"input", "steps", "run"})
_OF_ITEM = frozenset({"item", "index"})


def findings(
    workflow: "Workflow", before: Mapping[str, frozenset[str]] | None
) -> Iterator[Finding]:
    """before: the steps that are over before each; None when their order makes no sense."""
    ids, stand_ins = frozenset(step.id for step in workflow.steps), workflow.fallbacks()
    for number, step in enumerate(workflow.steps):
        over = ids if before is None else before[step.id]
        for place, value, roots in values(step):
            reader = _Reader(roots=roots, ids=ids, over=over, stand_ins=stand_ins)
            for finding in reader.findings(value):
                yield Finding(("steps", number, *place, *finding.path), finding.why)
    reader = _Reader(roots=_ROOTS, ids=ids, over=ids, stand_ins=stand_ins)
    for finding in reader.findings(workflow.output):
        yield Finding(("output", *finding.path), finding.why)


def values(step: "Step") -> Iterator[tuple[Path, Any, frozenset[str]]]:
    """Where a step has expressions, and the roots that can be read there."""
    inside = _ROOTS | _OF_ITEM if step.for_each else _ROOTS
    yield ("if",), step.if_, _ROOTS
    if step.for_each:
        yield ("for_each", "items"), step.for_each.items, _ROOTS
    yield ("with",), step.with_, inside
    yield ("output",), step.output, inside | {"result"}


@dataclass(frozen=True, kw_only=True)
class _Reader:
    roots: frozenset[str]
    ids: frozenset[str]
    over: frozenset[str]
    stand_ins: Mapping[str, str]

    def findings(self, value: Any) -> Iterator[Finding]:
        try:
            for path, text in template.texts(value):
                yield from self._of_text(path, text)
        except NotRendered as error:
            yield Finding(error.path, str(error))

    def _of_text(self, path: Path, text: str) -> Iterator[Finding]:
        try:
            for piece in template.pieces(text):
                if isinstance(piece, Expression):
                    names = sorted(steps_read(piece, self.roots))
                    yield from (Finding(path, why) for why in map(self._unreadable, names) if why)
        except BadExpression as error:
            yield Finding(path, str(error))

    def _unreadable(self, name: str) -> str | None:
        if name not in self.ids:
            return f"There is no step {name[:64]!r}; there are {listed(self.ids)}."
        if name in self.stand_ins:
            return f"{name!r} is a fallback; read {self.stand_ins[name]!r}, whose output it gives."
        if name not in self.over:
            return f"The step {name!r} may not be over by then; add it to this step's needs."
        return None
