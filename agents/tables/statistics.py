"""Describe: pandas' statistics per column. The only place of the agent that imports pandas.

The figures are those of `DataFrame(...).describe()`, except that min and max of integers and
decimals are exact, where pandas rounds them through a float. Called by `agents.data`.
"""

import datetime as dt
import math
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from agents.tables.column_types import column_type, identity, moments
from agents.tables.table import Table

_QUARTILES = ("25%", "50%", "75%")


def describe(table: Table) -> dict[str, dict[str, Any]]:
    """`{column: {"type", "count", "missing", …}}`; which statistics follow the type, see
    `agents.data.DataAgent`."""
    return {name: _column(values) for name, values in table.columns.items()}


def centre(values: list[Any], how: str) -> Any:
    """Mean or median (numbers only) or mode (the most frequent) of the present values."""
    if how == "mode":
        return _frequencies(values, identity)["top"]
    series = _series(values)
    return finite(series.mean() if how == "mean" else series.median())


def finite(value: Any) -> float | None:
    """A float that JSON can say; the std of one row (NaN) and overflows (Infinity) are None."""
    number = float(value)
    return number if math.isfinite(number) else None


def _column(values: list[Any]) -> dict[str, Any]:
    kind = column_type(values)
    count = len(values) - values.count(None)
    head = {"type": kind, "count": count, "missing": len(values) - count}
    if kind == "empty":
        return head
    if kind in ("integer", "number", "decimal"):
        return head | _numeric(values)
    if kind in ("date", "datetime"):
        return head | _dates(values, kind)
    return head | _frequencies(values, None if kind in ("text", "boolean") else identity)


def _numeric(values: list[Any]) -> dict[str, Any]:
    present = [v for v in values if v is not None] if None in values else values
    with np.errstate(all="ignore"):
        found = _series(values).describe()
    return {
        "mean": finite(found["mean"]),
        "std": finite(found["std"]),
        "min": min(present),
        **{name: finite(found[name]) for name in _QUARTILES},
        "max": max(present),
    }


def _series(values: list[Any]) -> "pd.Series[Any]":
    """As pandas would read the list itself, except where that makes a column of objects."""
    kinds = set(map(type, values))
    with suppress(OverflowError, TypeError):
        if kinds == {int}:
            return pd.Series(np.array(values, dtype=np.int64))
        if Decimal not in kinds:
            return pd.Series(np.array(values, dtype=np.float64))  # None becomes NaN
    return pd.Series([_float(value) for value in values], dtype="float64")


def _float(value: Any) -> float:
    try:
        return math.nan if value is None else float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _dates(values: list[Any], kind: str) -> dict[str, Any]:
    found = set(moments(list(dict.fromkeys(values))) or ())
    return {
        "unique": len(found),
        "min": _iso(min(found), kind),
        "max": _iso(max(found), kind),
    }


def _iso(moment: dt.datetime, kind: str) -> str:
    return moment.date().isoformat() if kind == "date" else moment.isoformat()


def _frequencies(values: list[Any], key: Callable[[Any], str] | None) -> dict[str, Any]:
    """unique, top and freq; with a key, values count as the same when their keys are equal."""
    keys = values if key is None else [None if v is None else key(v) for v in values]
    found = pd.Series(keys, dtype=object).describe()
    if not found["count"]:
        return {"unique": 0, "top": None, "freq": 0}
    top = found["top"] if key is None else values[keys.index(found["top"])]
    return {"unique": int(found["unique"]), "top": top, "freq": int(found["freq"])}


def grouped(values: list[Any], codes: list[int], groups: int, *, how: str) -> list[float | None]:
    """mean, median or std of the numbers of each group, None where there is none."""
    with np.errstate(all="ignore"):
        found = getattr(_series(values).groupby(np.array(codes, dtype=np.int64)), how)()
    return [finite(value) for value in found.reindex(range(groups))]


def bounds(
    values: list[Any], *, method: str, factor: float | None
) -> tuple[float | None, float | None]:
    """(low, high) beyond which a number is an outlier; None where there is no such bound."""
    series = _series(values).replace([math.inf, -math.inf], math.nan)
    with np.errstate(all="ignore"):
        if method == "iqr":
            middle, spread = series.quantile([0.25, 0.75]), (factor or 1.5)
            low, high = middle.iloc[0], middle.iloc[1]
            reach = spread * (high - low)
        else:
            low = high = series.mean()
            reach = (factor or 3) * series.std()
        found = finite(low - reach), finite(high + reach)
    return found if None not in found else (None, None)
