"""One thing that is wrong with a workflow, and where."""

from collections.abc import Collection
from dataclasses import dataclass

from agents.workflow.template import Path

_MOST_LISTED = 20


@dataclass(frozen=True)
class Finding:
    """path is relative to the workflow, or to what the finder was given."""

    path: Path
    why: str


def listed(names: Collection[str]) -> str:
    shown = ", ".join(sorted(names)[:_MOST_LISTED])
    return f"{shown} and more" if len(names) > _MOST_LISTED else shown
