"""Which step is before which: pure functions over `{step: steps it comes after}`."""

from collections.abc import Mapping

After = Mapping[str, frozenset[str]]


def cycle(after: After) -> list[str]:
    """The steps of one cycle, in their order; empty when there is none. Names that are no step of
    the mapping are passed over."""
    left = {step: {name for name in names if name in after} for step, names in after.items()}
    while free := [step for step, names in left.items() if not names]:
        for step in free:
            del left[step]
        for names in left.values():
            names.difference_update(free)
    if not left:
        return []
    walked = [next(iter(left))]
    while (before := min(left[walked[-1]])) not in walked:
        walked.append(before)
    return walked[walked.index(before) :]


def ancestors(after: After) -> dict[str, frozenset[str]]:
    """For each step all that are surely over before it starts. The mapping has no cycle."""
    found: dict[str, frozenset[str]] = {}
    stack = list(after)
    while stack:
        step = stack[-1]
        open_ = [name for name in after[step] if name in after and name not in found]
        if open_:
            stack += open_
            continue
        stack.pop()
        near = frozenset(name for name in after[step] if name in after)
        found[step] = near.union(*(found[name] for name in near))
    return found
