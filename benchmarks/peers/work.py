"""What the agents do, as the integration guide has them: echo, describe with pandas, one GET.

The Celery workers call WORK; the in-process web server awaits its own `fetch` instead.
"""

import http.client
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

Work = Callable[[dict[str, Any]], Any]


def echo(input_data: dict[str, Any]) -> Any:
    return input_data


def describe(input_data: dict[str, Any]) -> Any:
    import pandas as pd  # noqa: PLC0415 (loaded by `preload` in the processes that compute)

    return pd.DataFrame(input_data["data"]).describe().to_dict()


def fetch(input_data: dict[str, Any]) -> Any:
    """Under gevent's patched sockets this gives way while it waits."""
    address = urlsplit(input_data["url"])
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    try:
        connection.request("GET", address.path)
        response = connection.getresponse()
        response.read()
        return {"status": response.status}
    finally:
        connection.close()


def preload() -> None:
    import pandas as pd  # noqa: PLC0415, F401


WORK: dict[str, Work] = {"echo": echo, "data": describe, "fetch": fetch}
