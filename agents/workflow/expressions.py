"""JMESPath, bounded: what a tenant wrote is parsed, measured and evaluated within a budget.

Work is counted while an expression is evaluated, because a short text can ask for endless data
(`[@, @] | [@, @] | …` doubles with every link). Many executions share the event loop that this runs
on. Callers: `template` for values, `references` for what an expression reads.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from jmespath.parser import Parser
from jmespath.visitor import TreeInterpreter

LONGEST: Final = 1000
DEEPEST: Final = 50
MOST_WORK: Final = 500_000
"""Nodes visited and values made; half a second at most."""
_TEXT_UNIT = 32
_MADE_WHOLE = frozenset({"multi_select_list", "multi_select_dict"})
_MADE_SHALLOW = frozenset({"flatten", "slice", "function_expression"})

Node = dict[str, Any]


class BadExpression(ValueError):
    """It cannot be used as it is written."""


class EvaluationFailed(ValueError):
    """It does not fit the data that it met."""


@dataclass(frozen=True)
class Expression:
    text: str
    tree: Node

    def evaluate(self, scope: dict[str, Any]) -> Any:
        """Raises EvaluationFailed."""
        try:
            return _Interpreter().visit(self.tree, scope)
        except EvaluationFailed:
            raise
        except (JMESPathError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
            raise EvaluationFailed(_first_line(error)) from None


@lru_cache(maxsize=2048)
def compiled(text: str) -> Expression:
    """Raises BadExpression."""
    if len(text) > LONGEST:
        raise BadExpression(f"The expression has {len(text):,} characters; at most {LONGEST:,}.")
    try:
        tree: Node = Parser().parse(text).parsed
    except (JMESPathError, ValueError, RecursionError) as error:
        raise BadExpression(f"Not a JMESPath expression: {_first_line(error)}") from None
    _check(tree)
    return Expression(text, tree)


def _check(tree: Node) -> None:
    """Depth, and functions: JMESPath itself would find an unknown one only when it is called."""
    level, depth = [tree], 0
    while level:
        if depth > DEEPEST:
            raise BadExpression(f"The expression is nested deeper than {DEEPEST} levels.")
        for node in level:
            if node["type"] == "function_expression":
                _check_function(node["value"], len(node["children"]))
        level = [child for node in level for child in children(node)]
        depth += 1


def _check_function(name: str, given: int) -> None:
    known = Functions.FUNCTION_TABLE.get(name)
    if known is None:
        raise BadExpression(f"There is no function {name[:50]}().")
    signature = known["signature"]
    variadic = bool(signature) and signature[-1].get("variadic", False)
    if given < len(signature) or (given > len(signature) and not variadic):
        least = "at least " if variadic else ""
        raise BadExpression(f"{name}() takes {least}{len(signature)} arguments, not {given}.")


def children(node: Node) -> list[Node]:
    """Those that are expressions: a slice's are numbers."""
    return [child for child in node.get("children", ()) if isinstance(child, dict)]


class Budget:
    """Work that may still be done. Raises EvaluationFailed when it is used up."""

    def __init__(self, work: int) -> None:
        self._left = work

    def pay(self, work: int) -> None:
        self._left -= work
        if self._left < 0:
            raise EvaluationFailed("It is too much work; expressions are for small values.")

    def pay_whole(self, value: Any) -> None:
        """For everything below, as often as it stands there: references are shared here, and would
        be copies once they are written down."""
        level = [value]
        while level:
            self.pay(sum(map(_size, level)))
            level = [
                below
                for container in level
                if isinstance(container, (dict, list))
                for below in (container.values() if isinstance(container, dict) else container)
            ]


class _Interpreter(TreeInterpreter):  # type: ignore[misc]
    """One evaluation. Every node visited and every value made is paid for."""

    def __init__(self) -> None:
        super().__init__()
        self._budget = Budget(MOST_WORK)

    def visit(self, node: Node, *args: Any, **kwargs: Any) -> Any:
        self._budget.pay(1)
        result = super().visit(node, *args, **kwargs)
        if node["type"] in _MADE_WHOLE:
            self._budget.pay_whole(result)
        elif node["type"] in _MADE_SHALLOW:
            self._budget.pay(_size(result))
        return result

    def visit_function_expression(self, node: Node, value: Any) -> Any:
        given = [self.visit(child, value) for child in node["children"]]
        for argument in given:
            self._budget.pay(_size(argument))
        if node["value"] == "join" and isinstance(given[0], str) and isinstance(given[1], list):
            texts = sum(len(text) for text in given[1] if isinstance(text, str))
            self._budget.pay((len(given[0]) * len(given[1]) + texts) // _TEXT_UNIT)
        return self._functions.call_function(node["value"], given)


def _size(value: Any) -> int:
    if isinstance(value, str):
        return 1 + len(value) // _TEXT_UNIT
    return 1 + len(value) if isinstance(value, (dict, list)) else 1


def _first_line(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply."
    line = (str(error).partition("\n")[0] or type(error).__name__)[:300]
    line = line.removeprefix("Invalid jmespath expression: ").rstrip(": ")
    return f"{line.removesuffix(', for expression').rstrip('.')}."
