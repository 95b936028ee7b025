"""This product as shipped, for a benchmark: its web server and its cluster with default settings.

Only two settings are given: where the database is, and the package of the agent that waits. The
address is given as production gives it, so that nothing of the embedded server is imported.
"""

import os
import subprocess

from benchmarks import databases
from benchmarks.databases import Tenant
from benchmarks.processes import ROOT, python
from benchmarks.systems import System
from platform_agents.postgres.embedded import DATABASE


def ours(tenant: Tenant) -> System:
    database = databases.fresh(DATABASE)
    env = {
        "DATABASE_URL": database.dsn, "AGENT_PACKAGES": "benchmarks.agents", "LOG_LEVEL": "WARNING"
    }  # fmt: skip
    for command in ("load_shared_schema", "migrate"):
        subprocess.run(  # noqa: S603 (our own command)
            python("manage.py", command, "-v", "0"), cwd=ROOT, env={**os.environ, **env},
            check=True, timeout=120, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    databases.seed(database, tenant)
    return System(
        name="ours", title="this product", database=database, tenant=tenant, env=env,
        web="platform_agents.asgi:application", workers=[python("manage.py", "qcluster")],
    )  # fmt: skip
