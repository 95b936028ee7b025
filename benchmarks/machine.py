"""What a figure was measured on: without it a figure says nothing."""

import datetime as dt
import os
import platform

from django.db import connection


def machine() -> dict[str, object]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        [postgres] = cursor.fetchone()
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "postgresql": postgres,
        "load_before": [round(value, 2) for value in os.getloadavg()],
    }
