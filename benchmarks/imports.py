"""Which packages the memory of a process's imports belongs to: for `benchmarks.memory`.

What the web server and the cluster import is imported anew, in a child that looks at its own memory
before and after every module. What a module imports first is that module's, and what many need
belongs to whoever comes first.
"""

import json
import os
import subprocess

from benchmarks.processes import ROOT, python

_NO_DATABASE = {"DATABASE_URL": "postgres://nobody@/none?host=%2Fnone"}
WHOM: dict[str, tuple[str, dict[str, str]]] = {
    "web server": ("import platform_agents.asgi, platform_agents.urls", {}),
    "cluster": (
        "import django; django.setup(); import executions.management.commands.qcluster",
        {"PLATFORM_AGENTS_CLUSTER": "true"},
    ),
}
_SPLIT = ("django.", "platform_agents.")
_CHILD = """
import importlib.abc, importlib.machinery, json, os, sys
from collections import Counter

owned = Counter()

def now():
    with open("/proc/self/smaps_rollup") as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec and spec.loader and hasattr(spec.loader, "exec_module"):
            run = spec.loader.exec_module
            def exec_module(module):
                before, inside = now(), owned.total()
                run(module)
                owned[name] += now() - before - (owned.total() - inside)
            spec.loader.exec_module = exec_module
        return spec

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "platform_agents.settings")
owned["python itself"] = now()
sys.meta_path.insert(0, Finder())
exec(sys.argv[1])
json.dump(owned, sys.stdout)
"""


def by_package(whose: str, *, most: int) -> list[tuple[str, float]]:
    """MB of the packages with the most, of the rest, and together. Of some large packages their
    parts are packages."""
    text, env = WHOM[whose]
    done = subprocess.run(  # noqa: S603 (our own text)
        python("-c", _CHILD, text), cwd=ROOT, env={**os.environ, **_NO_DATABASE, **env},
        check=True, timeout=120, stdout=subprocess.PIPE,
    )  # fmt: skip
    packages: dict[str, float] = {}
    for module, kilobytes in json.loads(done.stdout).items():
        package = _package(module)
        packages[package] = packages.get(package, 0) + kilobytes * 1024 / 1_000_000
    ranked = sorted(packages.items(), key=lambda item: -item[1])
    rest = sum(megabytes for _, megabytes in ranked[most:])
    return [*ranked[:most], ("the rest", rest), ("together", sum(packages.values()))]


def _package(module: str) -> str:
    return ".".join(module.split(".")[: 2 if module.startswith(_SPLIT) else 1])
