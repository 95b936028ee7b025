"""What the cluster does not load: pages cost memory, and it shows none."""

import subprocess
import sys

from tests.processes import ROOT

_WHAT_IS_LOADED = """
import os, sys
os.environ["PLATFORM_AGENTS_CLUSTER"] = "true"
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from executions.management.commands import qcluster
print(*sorted({name.partition(".")[0] for name in sys.modules}))
print(*(name for name in sys.modules if name.endswith("admin") or "operators.site" in name))
"""


def test_a_cluster_loads_no_page_and_no_theme() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WHAT_IS_LOADED], cwd=ROOT, capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    packages, pages = done.stdout.splitlines()
    assert not {"unfold", "django_otp", "segno", "bcrypt"} & set(packages.split())
    assert pages.split() == []
