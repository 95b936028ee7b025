"""What an expression reads of a workflow's data, found in its tree without evaluating it.

Only paths from the root count: inside `steps.a.output[*].name` the `name` is the data's own. What
cannot be said for sure (`steps.*`, `@`) is refused, so that a valid workflow never reads a step
that has not ended.
"""

from collections.abc import Iterator

from agents.workflow.expressions import BadExpression, Expression, Node, children

_OF_STEP = frozenset({"output", "status", "error"})
_OF_RUN = frozenset({"id", "org_id", "attempt"})
_IN_CURRENT = frozenset({
    "multi_select_list", "multi_select_dict", "key_val_pair", "comparator", "or_expression",
    "and_expression", "not_expression", "function_expression",
})  # fmt: skip
"""Nodes whose children all read what the node itself reads; of others only the first does."""


def steps_read(expression: Expression, names: frozenset[str]) -> set[str]:
    """The ids of the steps it reads. names: the roots there are. Raises BadExpression for others,
    and for what is no property of a step or run."""
    found: set[str] = set()
    for path in _paths(expression.tree):
        root = path[0]
        if root not in names:
            raise BadExpression(_unknown(root, names))
        if root == "run":
            _check_run(path)
        if root == "steps":
            found.add(_step(path))
    return found


def _check_run(path: list[str]) -> None:
    if path[1:2] and path[1] not in _OF_RUN:
        raise BadExpression(f"There is no run.{path[1][:50]}; there are id, org_id and attempt.")


def _step(path: list[str]) -> str:
    if len(path) < 2:
        raise BadExpression(
            "Name the step: steps.ID.output; and write brackets after !, as in !(steps.ID.output)."
        )
    if len(path) > 2 and path[2] not in _OF_STEP:
        raise BadExpression(
            f"There is no steps.{path[1]}.{path[2][:50]}; a step has output, status and error."
        )
    return path[1]


def _unknown(root: str, names: frozenset[str]) -> str:
    if root == "secrets":
        return "A secret must be the whole value: ${{ secrets.NAME }}, with no text around it."
    known = ", ".join(sorted(names))
    if root in {"item", "index"}:
        return f"{root} is known only inside a step with for_each; here are {known}."
    return f"{root[:50]} is not known here; there are {known}."


def _paths(node: Node) -> Iterator[list[str]]:
    """Every path that begins at the root, as far as it is made of names."""
    if (path := _path(node)) is not None:
        yield path
        return
    if node["type"] in {"current", "identity"}:
        raise BadExpression("@ alone means everything here; name what you mean, as in input.name.")
    if node["type"] == "expref":
        return  # it reads the elements of its function's list
    below = children(node)
    for child in below if node["type"] in _IN_CURRENT else below[:1]:
        yield from _paths(child)


def _path(node: Node) -> list[str] | None:
    if node["type"] == "field":
        return [node["value"]]
    if node["type"] != "subexpression":
        return None
    path = _path(node["children"][0])
    for child in node["children"][1:]:
        if path is None:
            return None
        if child["type"] != "field":
            break
        path = [*path, child["value"]]
    return path
