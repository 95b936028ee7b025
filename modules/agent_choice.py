"""Picking a module's agent: every name that a module may give it, and what each agent does.

A module keeps the name that it has, though another one means the same agent: the gateway calls
modules by it. Used by `module_form`.
"""

import inspect
import re
from typing import Any

from django import forms
from django.forms import Script
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelectWidget

from modules import registry
from modules.registry import RegisteredAgent

Choices = list[tuple[str, Any]]


class AgentSelect(UnfoldAdminSelectWidget):  # type: ignore[misc]
    """Sends the form when the choice changes, so that the agent's own fields appear; a button does
    the same without the script."""

    class Media:
        js = (Script("operators/modules.js", defer=True),)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        select: str = super().render(name, value, attrs, renderer)
        agents = [
            {"name": agent.name, "about": about(agent), "chosen": _is(agent, value)}
            for agent in registry.all_agents()
        ]
        return SafeString(
            select + render_to_string("admin/modules/agents.html", {"agents": agents})
        )


class AgentField(forms.CharField):
    """Whether the name means an agent is `saving.problems`' to say, in its words."""

    widget = AgentSelect

    def offer(self, current: str) -> None:
        """current: what the module says now, which stays possible."""
        widget: Any = self.widget
        widget.choices = [("", "Choose…"), *_grouped(current)]


def about(agent: RegisteredAgent) -> str:
    """What the agent does, in a sentence for people who read no code."""
    text = agent.cls.about or inspect.cleandoc(agent.cls.__doc__ or "")
    sentence = re.split(r"(?<=[.!?])\s|\n\n", text, maxsplit=1)[0]
    return " ".join(sentence.split())


def _is(agent: RegisteredAgent, value: Any) -> bool:
    return value in registry.references_to(agent)


def _grouped(current: str) -> Choices:
    groups: Choices = []
    for agent in registry.all_agents():
        names = sorted(registry.references_to(agent), key=lambda name: (name != agent.name, name))
        groups.append((agent.name, [(name, name) for name in names]))
    if current and not any(current in dict(options) for _, options in groups):
        groups.append(("Not installed", [(current, f"{current} (not installed)")]))
    return groups
