"""What the registry knows of built-in agents without importing them is what their classes say."""

import subprocess
import sys

import pytest

from agents import BaseAgent
from agents.loading import imported
from modules import built_in
from modules.built_in import BuiltIn
from tests.processes import ROOT

_LOADED = """
import sys
from modules import registry
registry.find("data").lane, registry.find("nlp").secrets()
models = ("agents.workflow", "agents.chat", "agents.data")
print(sorted(name for name in sys.modules if name.startswith(models)))
registry.find("data").cls.Input
print("agents.data" in sys.modules)
"""


@pytest.mark.parametrize("known", built_in.ALL, ids=lambda known: known.name)
def test_the_table_says_what_the_class_says(known: BuiltIn) -> None:
    cls = imported(known.path)
    own_preload = cls.preload.__func__ is not BaseAgent.preload.__func__  # type: ignore[attr-defined]
    assert known == BuiltIn(
        path=f"{cls.__module__}:{cls.__qualname__}", name=cls.canonical_name(),
        aliases=cls.aliases, lane=cls.lane, requires=cls.requires, preloads=own_preload,
    )  # fmt: skip


def test_an_agent_is_imported_only_when_its_class_is_needed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{_LOADED}"], cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings"}, capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.split("\n")[:2] == ["[]", "True"]
