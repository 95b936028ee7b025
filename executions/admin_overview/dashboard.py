"""The first page of the admin. `fill` adds what it shows; the theme names it.

Everything is of the organizations that who looks has chosen; nothing is read for who has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from executions.admin_overview import attention, chart, links, names, queue, recent, words, workers
from executions.admin_overview.recent import Recent
from executions.figures import OUTCOMES
from modules.models import Module
from platform_agents.tenancy.access import access

_MOST_WAITING = 8
LABELS = {
    "completed": ("Completed", "check_circle"),
    "failed": ("Failed", "error"),
    "timed_out": ("Timed out", "timer_off"),
    "cancelled": ("Cancelled", "block"),
    "lost": ("Lost", "help"),
}


@dataclass(frozen=True, kw_only=True)
class Figure:
    title: str
    value: str
    note: str = ""
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class Failing:
    name: str
    org: str
    runs: str
    failures: str
    rate: str
    link: str
    runs_link: str
    failures_link: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    name: str
    label: str
    icon: str
    runs: str
    link: str


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    mine = access(request)
    org_ids = mine.visible()
    if org_ids == []:
        return context
    return {**context, **shown(org_ids, superuser=mine.superuser)}


def shown(org_ids: Sequence[str] | None, *, superuser: bool) -> dict[str, Any]:
    day = recent.read(org_ids)
    waiting = queue.read(org_ids, reasons=False, most=_MOST_WAITING)
    alive = workers.alive()
    return {
        "overview": True,
        "notices": attention.notices(org_ids, superuser=superuser, workers=alive),
        "figures": _figures(day, waiting, alive, superuser=superuser),
        "first_steps": None if day.anything or waiting.lines else _first_steps(org_ids),
        "chart": chart.drawn(day.hours, day.by_hour),
        "outcomes": _outcomes(day),
        "failing": _failing(day, org_ids),
        "queue": waiting,
        "now": timezone.now(),
    }


def _figures(day: Recent, waiting: queue.Queue, alive: int, *, superuser: bool) -> list[Figure]:
    total, since = day.total, links.ended(since=day.since)
    half, most = (words.duration(total.percentile_s(part)) for part in (0.5, 0.95))
    return [
        Figure(title="Runs", value=words.count(total.runs), note="last 24 hours", link=since),
        Figure(
            title="Success", value=words.share(total.success_rate),
            link=links.ended(since=day.since, outcome=links.FAILURES),
            note=words.several(total.failures, "failure", "failures"),
        ),
        Figure(title="Half take up to", value=half, note=f"95 % up to {most}", link=since),
        Figure(
            title="Waiting", value=waiting.queued, link=links.executions(state="queued"),
            note=f"longest for {waiting.oldest}" if waiting.oldest else "nothing is late",
        ),
        Figure(
            title="Cost today", value=words.money(day.cost_today),
            note=f"{words.money(day.cost_month)} this month",
            link=links.ended(since=day.today),
        ),
        Figure(
            title="Workers", value=words.count(alive), note="alive now",
            link=reverse("admin:operations") + "#workers" if superuser else "",
        ),
    ]  # fmt: skip


def _outcomes(day: Recent) -> list[Outcome]:
    return [
        Outcome(
            name=name, label=LABELS[name][0], icon=LABELS[name][1],
            runs=words.count(day.total.outcomes[name]),
            link=links.ended(since=day.since, outcome=name),
        )
        for name in OUTCOMES
    ]  # fmt: skip


def _failing(day: Recent, org_ids: Sequence[str] | None) -> list[Failing]:
    known = names.modules(org_ids, [module for module, _ in day.failing]) if day.failing else {}
    lines = []
    for module_id, one in day.failing:
        module = known.get(module_id)
        lines.append(Failing(
            name=module.name if module else names.GONE,
            org=module.org.name if module else "",
            runs=words.count(one.runs),
            runs_link=links.ended(since=day.since, module=module_id),
            failures=words.count(one.failures),
            rate=words.share(one.success_rate),
            link=links.row("modules_module", module_id) if module else "",
            failures_link=links.ended(
                since=day.since, module=module_id, outcome=links.FAILURES
            ),
        ))  # fmt: skip
    return lines


def _first_steps(org_ids: Sequence[str] | None) -> dict[str, bool]:
    return {"has_modules": names.scoped(Module.objects, org_ids).exists()}
