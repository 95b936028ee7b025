"""The comparison as one picture: small multiples, a bar per system, the same colours throughout."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")  # no display; before pyplot

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from benchmarks.figures import OURS, Case
from benchmarks.report import shown

_SYSTEMS = {
    OURS: ("this product", "#0b6e4f"),
    "celery-prefork": ("FastAPI + Celery prefork + Redis", "#e08e45"),
    "celery-gevent": ("FastAPI + Celery gevent + Redis", "#f3c98b"),
    "in-process": ("FastAPI in-process, not durable", "#8d99ae"),
    "floor": ("hand-written floor, no web", "#c9cfd8"),
}
_INK, _FAINT = "#22272e", "#6b7480"
_COLUMNS = 3


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One figure of one workload, a group of bars per case."""

    title: str
    workload: str
    figure: str
    better: str = "less is better"


_PANELS = (
    Panel(title="No-op call to answer, p50", workload="no-op", figure="p50 ms"),
    Panel(title="No-op calls per second", workload="no-op", figure="calls/s",
          better="more is better"),
    Panel(title="Lone run without the web, p50", workload="lone run", figure="p50 ms"),
    Panel(title="Runs that wait 2 s, until the last answer", workload="waits", figure="total s"),
    Panel(title="Backlog of no-op runs", workload="backlog", figure="runs/s",
          better="more is better"),
    Panel(title="Memory of the whole system", workload="memory", figure="PSS MB"),
    Panel(title="pandas describe, p50", workload="describe", figure="p50 ms"),
    Panel(title="1 MB echo, p50", workload="payload", figure="p50 ms"),
    Panel(title="Idle, CPU of the workers", workload="idle", figure="worker CPU %"),
)  # fmt: skip


def draw(path: Path, cases: Sequence[Case], subtitle: str) -> None:
    """Panels without a figure are left out. Draws nothing when there is none at all."""
    panels = [(p, found) for p in _PANELS if (found := _cases_of(p, cases))]
    if not panels:
        return
    rows = -(-len(panels) // _COLUMNS)
    figure, axes = plt.subplots(
        rows, _COLUMNS, figsize=(13.5, 3.5 * rows + 1.3), squeeze=False, layout="constrained"
    )
    places = list(axes.flat)
    for place, (panel, found) in zip(places, panels, strict=False):
        _draw_panel(place, panel, found)
    for place in places[len(panels) :]:
        place.set_axis_off()
    _draw_legend(figure, cases, subtitle)
    figure.savefig(path, dpi=110, facecolor="white")
    plt.close(figure)


def _cases_of(panel: Panel, cases: Sequence[Case]) -> list[Case]:
    return [c for c in cases if c.workload == panel.workload and panel.figure in c.names()]


def _draw_panel(place: Axes, panel: Panel, cases: list[Case]) -> None:
    systems = [s for s in _SYSTEMS if any(c.value(s, panel.figure) is not None for c in cases)]
    width = 0.82 / len(systems)
    for number, system in enumerate(systems):
        for group, case in enumerate(cases):
            value = case.value(system, panel.figure)
            if value is not None:
                at = group + (number - (len(systems) - 1) / 2) * width
                _draw_bar(place, case, system, at=at, value=value, width=width)
    _dress(place, panel, cases)


def _draw_bar(
    place: Axes, case: Case, system: str, *, at: float, value: float, width: float
) -> None:
    """With errors the bar is hollow: its time is not the time of the work."""
    errors = case.value(system, "errors")
    colour = _SYSTEMS[system][1]
    style = {"fill": False, "hatch": "////", "edgecolor": colour} if errors else {"color": colour}
    place.bar(at, value, width * 0.92, **style)
    label = shown(value) + (f"\n{errors:.0f} errors" if errors else "")
    place.annotate(
        label, (at, value), xytext=(0, 2), textcoords="offset points", ha="center", va="bottom",
        fontsize=7.5, color=_INK, fontweight="bold" if system == OURS else "normal",
    )  # fmt: skip


def _dress(place: Axes, panel: Panel, cases: list[Case]) -> None:
    place.set_title(panel.title, loc="left", fontsize=11, fontweight="bold", color=_INK, pad=18)
    unit = panel.figure.removeprefix("p50 ")
    place.text(0, 1.03, f"{unit}, {panel.better}", transform=place.transAxes, fontsize=8.5,
               color=_FAINT)  # fmt: skip
    place.set_xticks(range(len(cases)), [case.title.replace(", ", "\n", 1) for case in cases])
    place.set_xlim(-0.55, len(cases) - 0.45)
    place.margins(y=0.16)
    place.set_yticks([])
    place.tick_params(axis="x", length=0, labelsize=8.5, labelcolor=_INK)
    for side in ("top", "right", "left"):
        place.spines[side].set_visible(False)
    place.spines["bottom"].set_color(_FAINT)


def _draw_legend(figure: "plt.Figure", cases: Sequence[Case], subtitle: str) -> None:
    measured = [name for name in _SYSTEMS if any(name in case.rounds for case in cases)]
    patches = [mpl.patches.Patch(color=_SYSTEMS[name][1]) for name in measured]
    figure.legend(
        patches, [_SYSTEMS[name][0] for name in measured], loc="outside lower center",
        ncols=len(measured), frameon=False, fontsize=9.5,
    )  # fmt: skip
    figure.suptitle(subtitle, x=0.005, ha="left", fontsize=10, color=_FAINT)
