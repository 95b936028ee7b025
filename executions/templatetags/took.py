"""`{{ seconds|took }}`: a duration as people say it: 34 ms, 1.2 s, 3 min 20 s, 2 h 5 min."""

from django import template

register = template.Library()


@register.filter
def took(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
