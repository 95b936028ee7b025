"""Figures as people read them: durations, money, shares, counts."""

from decimal import Decimal

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_NOTHING = "–"
_SPACE = "\N{NO-BREAK SPACE}"
_CENT = Decimal("0.01")


def duration(seconds: float | None) -> str:
    """ "0.35 s", "1.2 s", "2 min 5 s", "3 h 20 min", "2 d 4 h"."""
    if seconds is None:
        return _NOTHING
    if seconds < 1:
        return f"{seconds:.2f}{_SPACE}s"
    if seconds < _MINUTE - 0.05:
        return f"{seconds:.1f}{_SPACE}s"
    if seconds < _HOUR:
        return _two(seconds, _MINUTE, "min", 1, "s")
    if seconds < _DAY:
        return _two(seconds, _HOUR, "h", _MINUTE, "min")
    return _two(seconds, _DAY, "d", _HOUR, "h")


def _two(seconds: float, large: int, large_name: str, small: int, small_name: str) -> str:
    whole, rest = divmod(round(seconds), large)
    one, other = f"{whole}{_SPACE}{large_name}", rest // small
    return f"{one} {other}{_SPACE}{small_name}" if other else one


def money(usd: Decimal) -> str:
    """Two digits; what is less than a cent is not nothing."""
    return "< $0.01" if 0 < usd < _CENT else f"${usd:,.2f}"


def share(part: float | None) -> str:
    """Never 100 % when something failed."""
    if part is None:
        return _NOTHING
    percent = 100 * part
    return f"{min(percent, 99.9):.1f} %" if part < 1 else "100 %"


def count(number: int, *, at_most: int | None = None) -> str:
    """at_most: where counting stopped."""
    return f"{number:,}+" if at_most is not None and number >= at_most else f"{number:,}"


def several(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
