"""The modules that a workflow names, for whoever can look whether they exist. Pure."""

from agents.workflow import template
from agents.workflow.model import Workflow
from agents.workflow.steps import data


def modules_named(workflow: Workflow) -> dict[str, tuple[str, ...]]:
    """{path of the config: the references of which one must exist}. Names that an expression will
    give are left out: nobody knows them yet."""
    found: dict[str, tuple[str, ...]] = {}
    for number, step in enumerate(workflow.steps):
        path = f"config.steps.{number}.with.module"
        name = step.with_.get("module")
        if isinstance(name, str):
            if not template.has_expression(name):
                found[path] = (name,)
        elif step.uses == "data":
            found[f"config.steps.{number}.uses"] = data.NAMES
    return found
