"""One table for people, one file for programs."""

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import OURS, Case
from benchmarks.promises import Verdict, verdicts

COLUMNS = {
    OURS: "ours",
    "ours-submit": "ours, submit only",
    "floor": "floor",
    "celery-prefork": "Celery prefork",
    "celery-gevent": "Celery gevent",
    "in-process": "in-process",
}
LEGEND = (
    "ours: POST /execute to its answer (lone run: without the web). submit only: to the 202.\n"
    "floor: a hand-written psycopg loop. Celery: FastAPI + Celery + Redis with the same durable\n"
    "rows. in-process: the guide's FastAPI design, nothing durable about the run.\n"
    "(2.0×): ours is twice as good in the same round; below 1 the other one is better."
)


def table(cases: Sequence[Case]) -> str:
    """Workload, figure, one column per system that was measured at all."""
    shown = [name for name in COLUMNS if any(name in case.rounds for case in cases)]
    lines = [["", "", *(COLUMNS[name] for name in shown)]]
    for case in cases:
        for number, figure in enumerate(case.names()):
            head = f"{case.workload}: {case.title}" if number == 0 else ""
            lines.append([head, figure, *(cell(case, system, figure) for system in shown)])
    return aligned(lines)


def cell(case: Case, system: str, figure: str) -> str:
    value = case.value(system, figure)
    if value is None:
        return "–"
    ratio = case.ratio(system, figure) if system != OURS else None
    return shown(value) + (f" ({shown(ratio)}×)" if ratio else "")


def shown(value: float) -> str:
    """Three digits that mean something: 1,234 · 123 · 12.3 · 1.23."""
    if value >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """The first two columns to the left, figures to the right, a rule below the head."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join(
            word.ljust(width) if place < 2 else word.rjust(width)
            for place, (word, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([text[0], "─" * (sum(widths) + 2 * len(widths) - 2), *text[1:]])


def promised(found: Sequence[Verdict]) -> str:
    lines = [["promise", "", "measured", "limit"]]
    for one in found:
        mark = "kept" if one.kept else "MISSED"
        lines.append([one.text, mark, shown(one.measured), one.limit])
    return aligned(lines)


def text(cases: Sequence[Case], skipped: Sequence[str]) -> str:
    """All that the terminal shows."""
    parts = [table(cases), LEGEND, *skipped]
    parts += [f"{case.workload}, {case.title}, {system}: {note}"
              for case in cases for system, note in case.notes.items()]  # fmt: skip
    if found := verdicts(cases):
        parts.append(promised(found))
    return "\n\n".join(parts)


def write_json(path: Path, cases: Sequence[Case], facts: dict[str, object]) -> None:
    """facts: the machine, the versions, what was skipped."""
    results = [case.as_json() for case in cases]
    found = [{"promise": v.text, "measured": round(v.measured, 3), "limit": v.limit, "kept": v.kept}
             for v in verdicts(cases)]  # fmt: skip
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        json.dumps({**facts, "results": results, "promises": found}, indent=1, ensure_ascii=False)
        + "\n"
    )
