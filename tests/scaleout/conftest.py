"""Redis, and installations that use it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import databases
from tests.live import Live
from tests.redis_server import RedisServer, redis_server


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def installed(
    django_db_setup: None, django_db_blocker: Any, tmp_path: Path
) -> Iterator[Callable[..., Live]]:
    """Starts an installation with the given settings on a database of its own."""
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())

        def start(**settings: str) -> Live:
            params = stack.enter_context(databases.copy_of_test_database("scaleout"))
            return stack.enter_context(Live.running(params, tmp_path, **settings))

        yield start
