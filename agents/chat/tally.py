"""What a run's requests used, summed up per model: for its output and for its ledger.

Called by `agents.chat.servers` for each reply, refusals included, and by `agents.nlp` at the end,
however the run ends.
"""

from collections.abc import Mapping
from dataclasses import replace

from agents.base import Usage
from agents.chat.prices import Price, price_of
from agents.chat.question import Tokens

_DIGITS = 9
"""Of a dollar's fraction: a token costs millionths, and sums of floats get long tails."""


class Tally:
    """prices: the module's own, by model."""

    def __init__(self, prices: Mapping[str, Price]) -> None:
        self._prices = prices
        self._by_model: dict[str, Usage] = {}

    def add(self, usage: Usage, *, asked: str, cached_tokens: int) -> None:
        """`asked`: the model as the module names it."""
        price = price_of(usage.model, asked, self._prices)
        cost = price.of(usage, cached_tokens) if price else None
        before = self._by_model.get(usage.model)
        self._by_model[usage.model] = _sum(before, replace(usage, cost_usd=cost))

    def usages(self) -> list[Usage]:
        """One per model that answered."""
        return [_rounded(usage) for usage in self._by_model.values()]

    def total(self) -> Tokens:
        """Nulls when no server counted."""
        usages = self.usages()
        if not usages:
            return Tokens(input_tokens=None, output_tokens=None)
        costs = [usage.cost_usd for usage in usages if usage.cost_usd is not None]
        return Tokens(
            input_tokens=sum(usage.input_tokens for usage in usages),
            output_tokens=sum(usage.output_tokens for usage in usages),
            cost_usd=round(sum(costs), _DIGITS) if len(costs) == len(usages) else None,
        )


def _sum(before: Usage | None, usage: Usage) -> Usage:
    if before is None:
        return usage
    known = before.cost_usd is not None and usage.cost_usd is not None
    return Usage(
        model=usage.model,
        input_tokens=before.input_tokens + usage.input_tokens,
        output_tokens=before.output_tokens + usage.output_tokens,
        cost_usd=(before.cost_usd or 0) + (usage.cost_usd or 0) if known else None,
    )


def _rounded(usage: Usage) -> Usage:
    if usage.cost_usd is None:
        return usage
    return replace(usage, cost_usd=round(usage.cost_usd, _DIGITS))
