"""The lanes of the queue: `io` and `cpu`, and for children one of each per depth (`io_1`, `cpu_2`).

A run only ever waits for runs one level deeper, and each level has seats of its own: whoever waits
can never take the place of what it waits for, and one more level is the most that a worker holds.
"""

from typing import Final

DEEPEST: Final = 9
"""MAX_CALL_DEPTH goes no further: claims, ticks and the gate trigger name each lane."""
TOP: Final = ("io", "cpu")
CHILDREN: Final = tuple(f"{kind}_{depth}" for depth in range(1, DEEPEST + 1) for kind in TOP)
ALL: Final = (*TOP, *CHILDREN)


def of(kind: str, depth: int) -> str:
    """kind: the agent's lane, `io` or `cpu`."""
    return kind if depth == 0 else f"{kind}_{depth}"


def kind(lane: str) -> str:
    return lane.partition("_")[0]
