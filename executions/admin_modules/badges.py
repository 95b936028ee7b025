"""States by colour, word and icon, and figures as people read them. Called by the columns of the
list and by the page's header."""

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from modules.models import Module


@dataclass(frozen=True, kw_only=True)
class Badge:
    """tone: good, bad, warm, busy or quiet; the style sheet has a colour for each."""

    word: str
    tone: str
    icon: str

    def html(self) -> SafeString:
        return format_html(
            '<span class="pa-badge pa-badge--{}"><span class="material-symbols-outlined" '
            'aria-hidden="true">{}</span>{}</span>',
            self.tone, self.icon, self.word,
        )  # fmt: skip

    __str__ = html


_STATES = {
    Module.ACTIVE: Badge(word="Active", tone="good", icon="check_circle"),
    Module.INACTIVE: Badge(word="Inactive", tone="quiet", icon="do_not_disturb_on"),
    Module.ERROR: Badge(word="Stopped after failures", tone="bad", icon="error"),
}
PAUSED = Badge(word="Paused", tone="warm", icon="pause_circle")
NO_AGENT = Badge(word="Not installed", tone="bad", icon="extension_off")
_RESULTS = {
    "completed": Badge(word="Completed", tone="good", icon="check_circle"),
    "failed": Badge(word="Failed", tone="bad", icon="error"),
    "timed_out": Badge(word="Timed out", tone="bad", icon="timer_off"),
    "lost": Badge(word="Lost", tone="bad", icon="help"),
    "cancelled": Badge(word="Cancelled", tone="quiet", icon="cancel"),
    "running": Badge(word="Running", tone="busy", icon="autorenew"),
    "pending": Badge(word="Waiting", tone="busy", icon="hourglass_top"),
}


def of_status(status: str) -> Badge:
    return _STATES.get(status) or Badge(word=status, tone="quiet", icon="help")


def of_result(result: str) -> Badge:
    return _RESULTS.get(result) or Badge(word=result, tone="quiet", icon="help")


def duration(seconds: float | None) -> str:
    """`0.04 s`, `1.2 s`, `48 s`, `3 min 20 s`, `2 h 5 min`; a dash without any."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.2g} s" if seconds < 1 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, left = divmod(whole, 60)
    return f"{minutes} min {left} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def share(part: float | None) -> str:
    """Never 100 % when something failed, nor 0 % when something did not."""
    if part is None:
        return "–"
    percent = round(part * 100, 1)
    if 0 < part < 1:
        percent = min(max(percent, 0.1), 99.9)
    return f"{percent:g} %"
