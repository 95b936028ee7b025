"""What a pipeline may be told: a model per operation, and the union of all. Imports nothing heavy,
because the web process builds forms and validation from it; how steps are done stands beside this
package, in `agents.tables`.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from agents.tables.steps.base import OneOf, by_tag, refused_at
from agents.tables.steps.grouping import GroupStep, PivotStep, ResampleStep, UnpivotStep
from agents.tables.steps.joining import AppendStep, JoinStep
from agents.tables.steps.reports import (
    ChartStep,
    DescribeStep,
    OutliersStep,
    SummaryStep,
    ValidateStep,
)  # fmt: skip
from agents.tables.steps.shaping import (
    CleanStep,
    DeriveStep,
    FilterStep,
    LimitStep,
    RenameStep,
    SampleStep,
    SelectStep,
    SortStep,
    TopStep,
)  # fmt: skip

MOST_STEPS = 100
_DEEPEST = 20
_MOST_PARTS = 50_000

_MODELS: dict[str, type[BaseModel]] = {
    "clean": CleanStep, "select": SelectStep, "rename": RenameStep, "filter": FilterStep,
    "derive": DeriveStep, "sort": SortStep, "top": TopStep, "limit": LimitStep,
    "sample": SampleStep, "group": GroupStep, "pivot": PivotStep, "unpivot": UnpivotStep,
    "resample": ResampleStep, "join": JoinStep, "append": AppendStep, "describe": DescribeStep,
    "summary": SummaryStep, "validate": ValidateStep, "outliers": OutliersStep,
    "chart": ChartStep,
}  # fmt: skip

Step = Annotated[
    Annotated[
        CleanStep | SelectStep | RenameStep | FilterStep | DeriveStep | SortStep | TopStep
        | LimitStep | SampleStep | GroupStep | PivotStep | UnpivotStep | ResampleStep | JoinStep
        | AppendStep | DescribeStep | SummaryStep | ValidateStep | OutliersStep | ChartStep,
        Field(discriminator="op"),
    ],
    OneOf(models=_MODELS, which=by_tag(_MODELS, "op"), expected="an object with op"),
]  # fmt: skip


def _bounded(value: Any) -> Any:
    """Before anything walks it: conditions and expressions nest, and may be of any size."""
    level, parts = [value], 0
    for _ in range(_DEEPEST):
        inner = [v for v in level if isinstance(v, (list, dict))]
        level = [part for v in inner for part in (v.values() if isinstance(v, dict) else v)]
        parts += len(level)
        if not level or parts > _MOST_PARTS:
            break
    if parts > _MOST_PARTS:
        raise refused_at((), f"Expected at most {_MOST_PARTS:,} values in all steps together")
    if any(isinstance(v, (list, dict)) for v in level):
        raise refused_at((), f"Expected steps nested at most {_DEEPEST} levels deep")
    return value


Pipeline = Annotated[
    list[Step], Field(min_length=1, max_length=MOST_STEPS), BeforeValidator(_bounded)
]
