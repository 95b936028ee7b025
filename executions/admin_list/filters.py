"""The filters' form: what it offers, and the `Wanted` that it reads from an address.

A wrong value is told at its field and finds nothing; it never lists everything instead.
"""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from executions.admin_list.wanted import FAILURES, UNSUCCESSFUL, Wanted
from modules.models import Module

ENDED = "ended"
PRESETS = {
    "1h": ("The last hour", dt.timedelta(hours=1)),
    "24h": ("The last 24 hours", dt.timedelta(days=1)),
    "7d": ("The last 7 days", dt.timedelta(days=7)),
    "30d": ("The last 30 days", dt.timedelta(days=30)),
}
OUTCOMES = (
    ("", "Any result"), ("completed", "Completed"), (UNSUCCESSFUL, "Anything but completed"),
    (FAILURES, "Failures, without the cancelled"),
    ("failed", "Failed"), ("timed_out", "Took too long"), ("cancelled", "Cancelled"),
    ("lost", "Lost"),
)  # fmt: skip
TIMES = (("", "were queued"), (ENDED, "ended"))
STATES = (("", "Any state"), ("queued", "Queued"), ("running", "Running"), ("done", "Finished"))
ORIGINS = (
    ("", "Anybody"), ("api", "The platform (API)"), ("admin", "A person, here"),
    ("schedule", "A schedule"), ("workflow", "Another execution"), ("retry", "A retry"),
)  # fmt: skip
TOOK = (
    ("", "Any time"), ("1", "1 second or more"), ("2", "10 seconds or more"),
    ("3", "1 minute or more"), ("4", "10 minutes or more"),
)  # fmt: skip
_MOST_MODULES = 200
_LONGEST = 255


class _Moment(forms.DateTimeField):
    """As browsers send it, in the operator's zone, or with a zone of its own."""

    widget = UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})

    def to_python(self, value: Any) -> Any:
        try:
            found = parse_datetime(value) if value else None
        except ValueError:
            found = None
        if value and found is None:
            raise forms.ValidationError("Expected a date and a time, such as 2026-01-31T09:30.")
        return timezone.make_aware(found) if found and timezone.is_naive(found) else found


def _choice(label: str, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, required=False, widget=UnfoldAdminSelectWidget
    )


def _text(label: str, placeholder: str = "") -> forms.CharField:
    widget = UnfoldAdminTextInputWidget(attrs={"placeholder": placeholder})
    return forms.CharField(label=label, max_length=_LONGEST, required=False, widget=widget)


class FilterForm(forms.Form):
    """Every field is a parameter of the list's address."""

    q = _text("Search", "Execution id, or a module's name")
    outcome = _choice("Result", OUTCOMES)
    state = _choice("State", STATES)
    module = _choice("Module", ())
    since = _choice("Time", ())
    start = _Moment(label="From", required=False)
    until = _Moment(label="Until", required=False)
    by = _choice("The time when they", TIMES)
    took = _choice("Took", TOOK)
    origin = _choice("Started by", ORIGINS)
    task = _text("Task", "The task's id")
    org = forms.CharField(max_length=_LONGEST, required=False, widget=forms.HiddenInput)

    MAIN = ("q", "outcome", "state", "module", "since")

    def __init__(self, given: Any, *, modules: QuerySet[Module]) -> None:
        super().__init__(given)
        self._lift_moment()
        self._offer_modules(modules)
        presets = [(key, label) for key, (label, _) in PRESETS.items()]
        self._choices("since", [("", "Any time"), *presets])

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _lift_moment(self) -> None:
        """A link may say `since` as a moment, too."""
        since = self.data.get("since", "")
        if since and since not in PRESETS:
            self.data = {**dict(self.data.items()), "start": since, "since": ""}

    def _offer_modules(self, modules: QuerySet[Module]) -> None:
        """The first by name, and the one that is chosen. A foreign one is named as a missing one
        is."""
        rows = list(modules.order_by("name", "id").values_list("id", "name")[:_MOST_MODULES])
        chosen = self.data.get("module", "")
        if chosen and "\x00" not in chosen and chosen not in dict(rows):
            rows += modules.filter(id=chosen).values_list("id", "name")
        self._choices("module", [("", "Any module"), *rows])

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if found.get("by") and not (found.get("since") or found.get("start")):
            self.add_error("by", "Choose the time range, too: what ended since when?")
        return found

    @property
    def main(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MAIN]

    @property
    def more(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in (*self.MAIN, "org")]

    @property
    def more_in_use(self) -> bool:
        return any(self.data.get(field.name) for field in self.more)

    @property
    def in_use(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def wanted(self) -> Wanted:
        """Only of a valid form."""
        found = self.cleaned_data
        names = ("outcome", "state", "origin", "module", "task", "org", "until")
        return Wanted(
            **{name: found[name] for name in names},
            ended=found["by"] == ENDED,
            took=int(found["took"] or 0),
            since=_latest(found["start"], _preset(found["since"])),
            search=found["q"],
        )


def _preset(key: str) -> dt.datetime | None:
    return timezone.now() - PRESETS[key][1] if key else None


def _latest(*moments: dt.datetime | None) -> dt.datetime | None:
    return max((moment for moment in moments if moment), default=None)
