"""What a figure was measured on, and with which peers: without it a figure says nothing."""

import datetime as dt
import os
import platform
from importlib.metadata import version

from benchmarks.databases import Database

_PACKAGES = (
    "django", "djangorestframework", "django-q2", "psycopg", "uvicorn", "pandas", "aiohttp",
    "fastapi", "asyncpg", "celery", "gevent", "redis",
)  # fmt: skip


def machine(database: Database) -> dict[str, object]:
    with database.connect() as db:
        [postgres] = db.execute("SHOW server_version").fetchone() or [""]
        [fsync] = db.execute("SHOW fsync").fetchone() or [""]
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgresql": postgres,
        "fsync": fsync,
        "load_before": [round(value, 2) for value in os.getloadavg()],
    }


def versions(redis_server: str | None) -> dict[str, str]:
    found = {name: version(name) for name in _PACKAGES}
    return found | ({"redis-server": redis_server} if redis_server else {})
