"""What a model's tokens cost: `prices.json`, dated, under what the module's config says.

A model that is not listed has no known cost: nothing is guessed from names that look alike, except
that a dated version (`gpt-4o-2024-08-06`) costs what its name without the date does when it is not
listed itself. List prices, without discounts of batches or contracts. Called by `tally`.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, Field

from agents.base import Usage

_FILE = Path(__file__).with_name("prices.json")
_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_MILLION = 1_000_000


class Price(BaseModel):
    """US dollars per million tokens."""

    input_usd_per_1m: float = Field(ge=0, le=100_000)
    output_usd_per_1m: float = Field(default=0, ge=0, le=100_000)
    cached_input_usd_per_1m: float | None = Field(
        default=None, ge=0, le=100_000, description="Of tokens in the server's cache."
    )

    def of(self, usage: Usage, cached_tokens: int) -> float:
        """The dollars that these tokens cost."""
        cached = self.cached_input_usd_per_1m
        if cached is None:
            cached = self.input_usd_per_1m
        fresh_tokens = usage.input_tokens - cached_tokens
        dollars = fresh_tokens * self.input_usd_per_1m + cached_tokens * cached
        return (dollars + usage.output_tokens * self.output_usd_per_1m) / _MILLION


def price_of(answered: str, asked: str, own: Mapping[str, Price]) -> Price | None:
    """`answered` is the model that the server names, `asked` the one that the module names (a
    deployment, perhaps). `own` prices, of the module, go by both and before the table."""
    undated = _DATE.sub("", answered)
    for name in (answered, undated, asked):
        if name in own:
            return own[name]
    return price_table().get(answered) or price_table().get(undated)


@cache
def price_table() -> dict[str, Price]:
    """The data file's models."""
    models = json.loads(_FILE.read_text("utf-8"))["models"]
    return {name: Price.model_validate(entry) for name, entry in models.items()}
