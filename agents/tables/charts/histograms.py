"""The bins of a histogram, and how many values are in each. Called by `plots`."""

import math

from agents.tables.charts.scales import round_step


def edges_of(values: list[float], bins: int | None) -> list[float]:
    """Of bins as wide as a round number; as many as asked for, of equal width, otherwise."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if high - low <= max(abs(low), abs(high), 1e-200) * 1e-12:
        reach = abs(low) / 2 if abs(low) > 1e-9 else 0.5
        low, high = low - reach, high + reach
    if bins is not None:
        return [low + (high - low) * i / bins for i in range(bins)] + [high]
    wanted = max(5, min(40, math.ceil(2 * len(values) ** (1 / 3))))
    step = round_step((high - low) / wanted)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [n * step for n in range(first, max(last, first + 1) + 1)]


def counted(values: list[float], edges: list[float]) -> list[int]:
    """A value on an edge belongs to the bin above; the last bin has both its edges."""
    counts = [0] * (len(edges) - 1)
    width = (edges[-1] - edges[0]) / len(counts)
    for value in values:
        counts[min(len(counts) - 1, max(0, int((value - edges[0]) / width + 1e-9)))] += 1
    return counts
