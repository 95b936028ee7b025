"""What a run used, as its agent reported it: tokens and cost by model. Called by `reading` and
`comparing`. What an agent reports is not trusted to have any shape."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Used:
    """cost_usd None: not known."""

    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: float | None

    @property
    def cost(self) -> str:
        return "not known" if self.cost_usd is None else f"${self.cost_usd:,.4f}"


def used(usage: Any) -> list[Used]:
    rows = usage if isinstance(usage, list) else [usage]
    return [_used(row) for row in rows if isinstance(row, dict)]


def total(rows: list[Used]) -> Used:
    costs = [row.cost_usd for row in rows if row.cost_usd is not None]
    return Used(
        model="Together",
        input_tokens=sum(row.input_tokens for row in rows),
        output_tokens=sum(row.output_tokens for row in rows),
        cost_usd=sum(costs) if costs else None,
    )


def _used(row: dict[str, Any]) -> Used:
    cost: Any = row.get("cost_usd")
    return Used(
        model=str(row.get("model") or "not named"),
        input_tokens=_count(row.get("input_tokens")),
        output_tokens=_count(row.get("output_tokens")),
        cost_usd=float(cost) if _is_number(cost) else None,
    )


def _count(value: Any) -> int:
    return int(value) if _is_number(value) else 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
